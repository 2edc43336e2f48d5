//! The service as a client sees it.

use bytes::Bytes;
use s3_server::{profiling, Error, Server};

#[tokio::test]
async fn upload_in_parts_and_download() {
    let _profiler = profiling::start();
    let server = Server::start();
    let client = server.connect();
    client.create_bucket("videos").await.unwrap();
    for part in 0..16 {
        client
            .append("videos", "talk.mp4", &[part; 2048])
            .await
            .unwrap();
    }
    let video = client.get("videos", "talk.mp4").await.unwrap();
    assert_eq!(video.len(), 16 * 2048);
    assert_eq!(video.last(), Some(&15));
}

#[tokio::test]
async fn a_deleted_object_is_gone() {
    let _profiler = profiling::start();
    let server = Server::start();
    let client = server.connect();
    client.create_bucket("photos").await.unwrap();
    for number in 0..50 {
        let key = format!("{number}.jpg");
        client
            .put("photos", &key, Bytes::from(vec![1; 512]))
            .await
            .unwrap();
        client.delete("photos", &key).await.unwrap();
        assert_eq!(client.get("photos", &key).await, Err(Error::NoSuchKey));
    }
    assert!(client.list("photos", "").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_connection_per_request() {
    let _profiler = profiling::start();
    let server = Server::start();
    server.connect().create_bucket("notes").await.unwrap();
    for number in 0..200 {
        let client = server.connect();
        let key = format!("{}.txt", number % 10);
        client
            .put("notes", &key, Bytes::from_static(b"hello"))
            .await
            .unwrap();
    }
    assert_eq!(server.open_sessions(), 0);
    assert_eq!(server.connect().list("notes", "").await.unwrap().len(), 10);
}

#[tokio::test]
#[ignore = "slow: 200,000 requests"]
async fn a_long_day() {
    let _profiler = profiling::start();
    let server = Server::start();
    let client = server.connect();
    client.create_bucket("photos").await.unwrap();
    for number in 0..100_000 {
        let key = format!("{}.jpg", number % 100);
        client
            .put("photos", &key, Bytes::from(vec![1; 64]))
            .await
            .unwrap();
        client.get("photos", &key).await.unwrap();
    }
    assert_eq!(server.requests(), 200_001);
}
