#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Error,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub level: Level,
    pub text: String,
}
