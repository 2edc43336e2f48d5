use macro_generated::Record;

#[test]
fn fields_are_cleaned() {
    let record = Record::default().title("Moby\u{7}-Dick").author("Melville\n").publisher("Harper");
    assert_eq!(record.describe(), "Moby-Dick, Melville, Harper");
}

#[test]
fn a_shelf_is_described() {
    let shelf: Vec<Record> = (0..500)
        .map(|n| Record::default().title(&format!("Volume {n}")).author("Various Authors").publisher("Self"))
        .collect();
    let text: Vec<String> = shelf.iter().map(Record::describe).collect();
    assert_eq!(text[499], "Volume 499, Various Authors, Self");
}
