use codec_pool::{decode_all, Malformed, Pool};

#[test]
fn malformed_messages_are_reported_one_by_one() {
    let mut pool = Pool::default();
    let messages: Vec<&[u8]> =
        (0..60).map(|n| if n % 2 == 0 { &b"\x01\x02\x03"[..] } else { &b"\x02\x03"[..] }).collect();
    let decoded = decode_all(&mut pool, messages);
    assert_eq!(decoded.iter().filter(|result| **result == Err(Malformed)).count(), 30);
    assert_eq!(decoded[1], Ok(18));
}

#[test]
fn good_messages_are_decoded() {
    let mut pool = Pool::default();
    let decoded = decode_all(&mut pool, [&b"\x01\x02"[..], b"", b"\x01\x01\x01\x01"]);
    assert_eq!(decoded, [Ok(4), Ok(0), Ok(2)]);
}
