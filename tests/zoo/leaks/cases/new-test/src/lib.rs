//! A ring of samples, newest last.

pub struct Ring {
    samples: Vec<f32>,
    next: usize,
}

impl Ring {
    pub fn new(capacity: usize) -> Self {
        Self { samples: Vec::with_capacity(capacity), next: 0 }
    }

    pub fn push(&mut self, sample: f32) {
        if self.samples.len() < self.samples.capacity() {
            self.samples.push(sample);
        } else {
            self.samples[self.next] = sample;
            self.next = (self.next + 1) % self.samples.len();
        }
    }

    pub fn to_vec(&self) -> Vec<f32> {
        let mut out = self.samples[self.next..].to_vec();
        out.extend_from_slice(&self.samples[..self.next]);
        out
    }

    pub fn mean(&self) -> f32 {
        self.samples.iter().sum::<f32>() / self.samples.len().max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_samples_make_room() {
        let mut ring = Ring::new(1024);
        for n in 0..5000_u16 {
            ring.push(f32::from(n));
        }
        let samples = ring.to_vec();
        assert_eq!((samples[0], samples[1023]), (3976.0, 4999.0));
    }

    #[test]
    fn the_mean_of_nothing_is_zero() {
        assert_eq!(Ring::new(64).mean(), 0.0);
    }
}
