/// One measurement, as the exporter wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub name: &'static str,
    pub value: f64,
    pub labels: [(&'static str, u32); 2],
}
