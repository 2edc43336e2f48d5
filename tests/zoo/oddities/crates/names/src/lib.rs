//! Names of tests that are long, odd, or made by a macro.

#[cfg(test)]
mod tests {
    use rstest::rstest;

    fn leaks(size: usize) {
        std::mem::forget(vec![1u8; std::hint::black_box(size)]);
    }

    #[rstest]
    #[case(1)]
    #[case::with_a_description(2)]
    #[case(3)]
    fn cases(#[case] number: usize) {
        leaks(1100 + number);
    }

    #[rstest]
    fn matrix(#[values(10, 20)] ten: usize, #[values("a", "bc \"é\" :: \t\n")] text: &str) {
        leaks(1100 + ten + text.len());
    }

    #[test]
    fn größe_größer_als_null_日本語() {
        leaks(1150);
    }

    #[test]
    fn r#match() {
        leaks(1160);
    }

    #[test]
    fn a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_name_that_goes_on_and_on_a_n(
    ) {
        leaks(1170);
    }

    macro_rules! twins {
        ($($name:ident)*) => { $(
            mod $name {
                #[test]
                fn twin() {
                    super::leaks(1180 + stringify!($name).len());
                }
            }
        )* };
    }

    twins! { a ab abc }
}
