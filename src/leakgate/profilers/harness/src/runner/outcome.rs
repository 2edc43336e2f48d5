//! What a test has returned or panicked with, in a form that goes from a worker to the process that judges it.

use std::any::{Any, TypeId};
use std::convert::TryInto;
use std::panic;
use std::thread;
use test::test::ShouldPanic;
use test::TestDesc;

/// What a test function returns: it differs between toolchains.
pub trait Outcome: Send + 'static {
    /// Why the test has failed.
    fn error(&self) -> Option<&str>;
    /// The value that says so.
    fn of(error: Option<String>) -> Self;
}

impl Outcome for () {
    fn error(&self) -> Option<&str> {
        None
    }

    fn of(error: Option<String>) -> Self {
        if let Some(error) = error {
            panic::resume_unwind(Box::new(error));
        }
    }
}

impl Outcome for Result<(), String> {
    fn error(&self) -> Option<&str> {
        self.as_ref().err().map(String::as_str)
    }

    fn of(error: Option<String>) -> Self {
        error.map_or(Ok(()), Err)
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Returned,
    ReturnedError(String),
    PanickedWith(String),
    /// With a value that is no text; its place in `SAMPLES`, if it has one.
    PanickedWithValue(usize),
}

impl Told {
    pub fn of<R: Outcome>(value: &thread::Result<R>) -> Self {
        match value {
            Ok(value) => value.error().map_or(Told::Returned, |error| Told::ReturnedError(error.to_owned())),
            Err(payload) => match text(&**payload) {
                Some(text) => Told::PanickedWith(text.to_owned()),
                None => Told::PanickedWithValue(kind_of(&**payload)),
            },
        }
    }

    /// Return or panic as the test did.
    pub fn again<R: Outcome>(self) -> R {
        match self {
            Told::Returned => R::of(None),
            Told::ReturnedError(error) => R::of(Some(error)),
            Told::PanickedWith(message) => panic::resume_unwind(Box::new(message)),
            Told::PanickedWithValue(kind) => panic::resume_unwind(sample(kind)),
        }
    }

    pub fn write(&self, out: &mut Vec<u8>) {
        let (kind, text, value) = match self {
            Told::Returned => (0, "", 0),
            Told::ReturnedError(text) => (1, text.as_str(), 0),
            Told::PanickedWith(text) => (2, text.as_str(), 0),
            Told::PanickedWithValue(value) => (3, "", *value),
        };
        out.extend(&[kind, value as u8]);
        out.extend(&(text.len() as u64).to_le_bytes());
        out.extend(text.as_bytes());
    }

    /// Read what `write` wrote, and say how long it is. None: it is something else.
    pub fn read(content: &[u8]) -> Option<(Self, usize)> {
        const HEAD: usize = 10;
        let head = content.get(..HEAD)?;
        let end = HEAD + u64::from_le_bytes(head[2..].try_into().ok()?) as usize;
        let text = String::from_utf8(content.get(HEAD..end)?.to_vec()).ok()?;
        let told = match head[0] {
            0 => Told::Returned,
            1 => Told::ReturnedError(text),
            2 => Told::PanickedWith(text),
            _ => Told::PanickedWithValue(usize::from(head[1])),
        };
        Some((told, end))
    }
}

fn text(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&'static str>().copied())
}

/// A value without a meaning of its own: nobody knows its type's name.
struct Unknown;

type Sample = (fn() -> TypeId, fn() -> Box<dyn Any + Send>);

fn of_type<T: Any + Send + Default>() -> Box<dyn Any + Send> {
    Box::new(T::default())
}

/// Where `should_panic` expects a text, libtest prints which type it found instead. These are what tests panic with.
const SAMPLES: &[Sample] = &[
    (TypeId::of::<()>, of_type::<()>),
    (TypeId::of::<bool>, of_type::<bool>),
    (TypeId::of::<i8>, of_type::<i8>),
    (TypeId::of::<i16>, of_type::<i16>),
    (TypeId::of::<i32>, of_type::<i32>),
    (TypeId::of::<i64>, of_type::<i64>),
    (TypeId::of::<isize>, of_type::<isize>),
    (TypeId::of::<u8>, of_type::<u8>),
    (TypeId::of::<u16>, of_type::<u16>),
    (TypeId::of::<u32>, of_type::<u32>),
    (TypeId::of::<u64>, of_type::<u64>),
    (TypeId::of::<usize>, of_type::<usize>),
    (TypeId::of::<f64>, of_type::<f64>),
];

fn kind_of(payload: &(dyn Any + Send)) -> usize {
    SAMPLES.iter().position(|(id, _)| id() == payload.type_id()).unwrap_or(SAMPLES.len())
}

fn sample(kind: usize) -> Box<dyn Any + Send> {
    SAMPLES.get(kind).map_or_else(|| Box::new(Unknown) as Box<dyn Any + Send>, |(_, make)| make())
}

/// Why libtest will say that the test has failed, in one line.
pub fn failure(desc: &TestDesc, told: &Told) -> Option<String> {
    let (verb, message) = match told {
        Told::Returned if desc.should_panic == ShouldPanic::No => return None,
        Told::Returned => return Some(String::from("did not panic")),
        Told::ReturnedError(error) => ("returned an error", Some(error)),
        Told::PanickedWith(message) => ("panicked", Some(message)),
        Told::PanickedWithValue(_) => ("panicked", None),
    };
    let is_expected = match desc.should_panic {
        ShouldPanic::No => false,
        ShouldPanic::Yes => verb == "panicked",
        ShouldPanic::YesWithMessage(expected) => {
            verb == "panicked" && message.map_or(false, |message| message.contains(expected))
        }
    };
    if is_expected {
        return None;
    }
    let first_line = message.and_then(|message| message.lines().next());
    Some(first_line.map_or_else(|| verb.to_owned(), |line| format!("{}: {}", verb, shortened(line))))
}

fn shortened(line: &str) -> String {
    line.chars().take(200).collect()
}
