use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

/// Sends a beat whenever it is poked.
pub struct Heartbeat {
    pokes: Sender<()>,
    thread: JoinHandle<usize>,
}

impl Heartbeat {
    pub fn start(peer: &str, beats: Sender<String>) -> Self {
        let (pokes, poked) = mpsc::channel();
        let mut frame = vec![0; 8192];
        frame[..peer.len()].copy_from_slice(peer.as_bytes());
        let thread = thread::spawn(move || beat(&poked, &beats, &frame));
        Self { pokes, thread }
    }

    pub fn poke(&self) {
        self.pokes.send(()).expect("the thread ends after this sender");
    }

    /// Stops the thread; gives the number of beats.
    pub fn stop(self) -> usize {
        drop(self.pokes);
        self.thread.join().expect("a heartbeat does not panic")
    }
}

fn beat(poked: &Receiver<()>, beats: &Sender<String>, frame: &[u8]) -> usize {
    let mut sent = 0;
    while poked.recv().is_ok() {
        let peer = String::from_utf8_lossy(frame).trim_end_matches('\0').to_owned();
        if beats.send(peer).is_ok() {
            sent += 1;
        }
    }
    sent
}
