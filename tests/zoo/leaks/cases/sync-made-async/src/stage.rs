pub trait Stage {
    fn run(&self, input: Vec<u8>) -> Vec<u8>;
}

pub struct Pipeline<S> {
    stages: Vec<S>,
}

impl<S: Stage> Pipeline<S> {
    pub fn new(stages: impl IntoIterator<Item = S>) -> Self {
        Self { stages: stages.into_iter().collect() }
    }

    pub fn run(&self, input: &[u8]) -> Vec<u8> {
        let mut data = input.to_vec();
        for stage in &self.stages {
            data = stage.run(data);
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Add(u8);

    impl Stage for Add {
        fn run(&self, input: Vec<u8>) -> Vec<u8> {
            input.iter().map(|byte| byte.wrapping_add(self.0)).collect()
        }
    }

    #[test]
    fn stages_run_one_after_the_other() {
        let pipeline = Pipeline::new([Add(1), Add(2), Add(3)]);
        let out = pipeline.run(&[10; 100_000]);
        assert_eq!(out, [16; 100_000]);
    }

    #[test]
    fn no_stage_changes_nothing() {
        let pipeline = Pipeline::<Add>::new([]);
        assert_eq!(pipeline.run(&[5; 40_000]).len(), 40_000);
    }
}
