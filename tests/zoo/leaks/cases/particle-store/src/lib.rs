//! Smoke and sparks.

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Particle {
    pub position: [f32; 2],
    pub speed: [f32; 2],
    pub age: f32,
}

pub struct Cloud {
    particles: Box<[Particle]>,
}

impl Cloud {
    pub fn burst(count: usize) -> Self {
        let particles = (0..count).map(|n| Particle { speed: [n as f32, 1.0], ..Particle::default() }).collect();
        Self { particles }
    }

    pub fn step(&mut self, seconds: f32) {
        for particle in &mut self.particles {
            particle.position[0] += particle.speed[0] * seconds;
            particle.position[1] += particle.speed[1] * seconds;
            particle.age += seconds;
        }
    }

    pub fn highest(&self) -> f32 {
        self.particles.iter().map(|particle| particle.position[1]).fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_rises() {
        let mut cloud = Cloud::burst(2000);
        cloud.step(0.5);
        cloud.step(0.5);
        assert!((cloud.highest() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn no_particles_have_no_height() {
        assert_eq!(Cloud::burst(0).highest().to_bits(), 0);
    }
}
