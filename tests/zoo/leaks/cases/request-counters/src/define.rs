/// Defines `Counters` with a function to record and one to read for each counter.
macro_rules! define_counters {
    ($($(#[$doc:meta])* $field:ident => $record:ident, $total:ident;)+) => {
        #[derive(Default)]
        pub struct Counters {
            $($(#[$doc])* $field: u64,)+
        }

        impl Counters {
            $(
                pub fn $record(&mut self, value: u64) {
                    self.$field += value;
                }

                pub fn $total(&self) -> u64 {
                    self.$field
                }
            )+
        }
    };
}
