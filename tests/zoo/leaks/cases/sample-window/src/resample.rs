use crate::Sample;

/// `recording` at equal distances of `step`, linear between its samples.
///
/// The recording must be sorted by time.
pub fn resample(recording: &[Sample], step: u64) -> Vec<Sample> {
    let (Some(first), Some(last)) = (recording.first(), recording.last()) else {
        return Vec::new();
    };
    let points = ((last.at - first.at) / step + 1) as usize;
    let mut resampled = Vec::with_capacity(points);
    let mut right = 0;
    for point in 0..points as u64 {
        let at = first.at + point * step;
        while recording[right].at < at {
            right += 1;
        }
        resampled.push(Sample { at, value: between(recording, right, at) });
    }
    resampled
}

fn between(recording: &[Sample], right: usize, at: u64) -> f64 {
    let b = recording[right];
    if b.at == at {
        return b.value;
    }
    let a = recording[right - 1];
    let share = (at - a.at) as f64 / (b.at - a.at) as f64;
    a.value + (b.value - a.value) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_resampled_to_fifths_of_a_second() {
        let recording = [Sample { at: 0, value: 0.0 }, Sample { at: 3_600_000, value: 18_000.0 }];
        let resampled = resample(&recording, 200);
        assert_eq!(resampled.len(), 18_001);
        assert_eq!(resampled[900], Sample { at: 180_000, value: 900.0 });
    }

    #[test]
    fn an_empty_recording_stays_empty() {
        assert!(resample(&[], 10).is_empty());
    }

    #[test]
    fn samples_on_the_grid_are_kept() {
        let recording = [Sample { at: 0, value: 1.0 }, Sample { at: 10, value: 3.0 }];
        assert_eq!(resample(&recording, 10), recording);
    }
}
