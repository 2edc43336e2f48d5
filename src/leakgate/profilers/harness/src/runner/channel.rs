//! How the process that cargo has started and a worker of its talk: two named pipes in a directory.
//!
//! Names and no inherited file descriptors: a test may close every descriptor that it finds, and may count them. The
//! worker opens a pipe for each message and closes it again. The other side keeps both ends of both pipes open, so that
//! nobody ever waits for somebody to open one.

use super::process;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::io::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, mem};

const TASKS: &str = "tasks";
const REPLIES: &str = "replies";
const OVERFLOW: &str = "reply";

/// A write of no more than this is never mixed with another's, on every system.
const ATOMIC: usize = 512;
const HEAD: usize = 5;

/// What a worker is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Run the test with this number.
    Run { test: u32, capture: bool },
    /// Only see how far its figures move, in the process that has measured it or elsewhere.
    Look { test: u32, elsewhere: bool },
    /// End, as a process does whose tests have ended.
    Quit,
}

/// What is said of a worker.
pub enum Message {
    /// By itself: what came of the test.
    Reply(Vec<u8>),
    /// By whoever waits for it: it has ended, with this wait status.
    Ended(i32),
}

/// The directory with the pipes.
pub struct Channel {
    directory: PathBuf,
    tasks: File,
    replies: File,
}

impl Channel {
    /// Make one below `directory`; where its file system knows no pipes, below the system's directory for temporary files.
    pub fn make(directory: &Path, name: &str) -> io::Result<Self> {
        Self::make_in(&directory.join(name))
            .or_else(|error| Self::make_in(&env::temp_dir().join(format!("leakgate-{}", name))).map_err(|_| error))
    }

    fn make_in(directory: &Path) -> io::Result<Self> {
        // Fails where somebody else was first: in a directory that others may write to nobody can lay one out for us.
        DirBuilder::new().mode(0o700).create(directory)?;
        let pipe = |name: &str| {
            let path = directory.join(name);
            process::make_fifo(&path)?;
            OpenOptions::new().read(true).write(true).open(&path)
        };
        let made = pipe(TASKS).and_then(|tasks| Ok((tasks, pipe(REPLIES)?)));
        match made {
            Ok((tasks, replies)) => Ok(Channel { directory: directory.to_owned(), tasks, replies }),
            Err(error) => {
                let _ = fs::remove_dir_all(directory);
                Err(error)
            }
        }
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Give the worker something to do.
    pub fn send(&self, task: Task) -> io::Result<()> {
        let (kind, test, flag) = match task {
            Task::Run { test, capture } => (b'r', test, capture),
            Task::Look { test, elsewhere } => (b'l', test, elsewhere),
            Task::Quit => (b'q', 0, false),
        };
        let mut message = vec![kind, u8::from(flag)];
        message.extend(&test.to_le_bytes());
        (&self.tasks).write_all(&message)
    }

    /// Wait for what is said of the worker. None: nothing was, for so long.
    pub fn receive(&self, patience: Option<Duration>) -> io::Result<Option<Message>> {
        if !process::readable(self.replies.as_raw_fd(), patience)? {
            return Ok(None);
        }
        let mut head = [0; HEAD];
        (&self.replies).read_exact(&mut head)?;
        let mut length = [0; 4];
        length.copy_from_slice(&head[1..]);
        let mut content = vec![0; u32::from_le_bytes(length) as usize];
        (&self.replies).read_exact(&mut content)?;
        Ok(Some(match head[0] {
            b'x' => {
                let mut status = [0; 4];
                status.copy_from_slice(&content);
                Message::Ended(i32::from_le_bytes(status))
            }
            b'f' => Message::Reply(fs::read(self.directory.join(OVERFLOW))?),
            _ => Message::Reply(content),
        }))
    }

    /// Remove the directory: there is no worker, or no longer.
    pub fn remove(&self) {
        let _ = fs::remove_dir_all(&self.directory);
    }

    /// Say that the worker has ended.
    pub fn ended(&self, status: i32) -> io::Result<()> {
        (&self.replies).write_all(&framed(b'x', &status.to_le_bytes()))
    }
}

/// The worker's side: wait for the next task.
pub fn next_task(directory: &Path) -> io::Result<Task> {
    let mut message = [0; 2 + mem::size_of::<u32>()];
    File::open(directory.join(TASKS))?.read_exact(&mut message)?;
    let mut test = [0; 4];
    test.copy_from_slice(&message[2..]);
    Ok(match message[0] {
        b'r' => Task::Run { test: u32::from_le_bytes(test), capture: message[1] != 0 },
        b'l' => Task::Look { test: u32::from_le_bytes(test), elsewhere: message[1] != 0 },
        _ => Task::Quit,
    })
}

/// The worker's side: say what came of a task.
pub fn reply(directory: &Path, content: &[u8]) -> io::Result<()> {
    let mut message = framed(b'r', content);
    if message.len() > ATOMIC {
        fs::write(directory.join(OVERFLOW), content)?;
        message = framed(b'f', b"");
    }
    OpenOptions::new().write(true).open(directory.join(REPLIES))?.write_all(&message)
}

fn framed(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    // What does not fit goes by a file.
    message.extend(&(content.len() as u32).to_le_bytes());
    message.extend(content);
    message
}
