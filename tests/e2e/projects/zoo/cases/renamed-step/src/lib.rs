//! Steps up a stair.

pub fn steps(to: u32) -> Vec<u32> {
    (1..=to).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn steps_start_at_one() {
        assert_eq!(super::steps(3), [1, 2, 3]);
    }
}
