use geo_enrich::ingest::pipeline::Pipeline;

#[tokio::test]
async fn visits_know_their_country() {
    let pipeline = Pipeline::default();
    for n in 0..=255 {
        let visit = pipeline.push([83, 7, n, 1]).await;
        assert_eq!(visit.country.as_deref(), Some("Europe, region 7"));
    }
}

#[tokio::test]
async fn a_private_network_has_no_country() {
    assert_eq!(Pipeline::default().push([10, 0, 0, 1]).await.country, None);
}
