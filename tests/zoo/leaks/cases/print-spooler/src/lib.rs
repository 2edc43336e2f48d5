//! Labels for the warehouse printers.

pub mod spooler;

/// A label, rendered for the printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub parcel: u64,
    pub raster: Vec<u8>,
}

impl Label {
    pub fn render(parcel: u64) -> Self {
        Self { parcel, raster: vec![(parcel % 256) as u8; 600] }
    }
}
