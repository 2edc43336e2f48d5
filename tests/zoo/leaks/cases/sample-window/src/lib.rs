//! Resampling of sensor recordings.

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    pub at: u64,
    pub value: f64,
}

pub mod resample;
