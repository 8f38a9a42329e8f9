//! The explorer: what an address shows as a table, as a picture and as a file.

use crate::verification;

#[test]
fn a_measure_by_area_is_a_table_a_picture_and_a_file_of_the_same_numbers() {
    let office = verification::published();
    let page = office.get("/en/xso/explore", &[]).text();
    assert!(page.contains("Internally displaced persons by area"), "{page}");
    assert!(page.contains(">745<"), "the north: {page}");
    let page = office.get("/fr/xso/explore?dataset=displacement&rows=reason&columns=area&area_level=0", &[]).text();
    assert!(page.contains("Personnes déplacées internes par raison du déplacement et zone"), "{page}");
    let table = office.get("/en/xso/explore.csv?rows=area&measure=idp_ind", &[]).text();
    assert!(table.starts_with("round,area_level,area,area_name,idp_ind,idp_ind_state,idp_ind_at_least\n"), "{table}");
    assert!(table.contains(",1,XS01,North,745,shown,\n"), "{table}");
    let picture = office.get("/en/xso/explore.svg?rows=area&as=bars", &[]);
    assert_eq!(picture.status, 200);
    let picture = picture.text();
    assert!(picture.starts_with("<svg ") && picture.contains("745"), "{picture}");
    assert!(picture.contains("Level of the area: 1"), "it says what was chosen: {picture}");
}

#[test]
fn what_does_not_fit_is_said_and_nothing_is_made_up() {
    let office = verification::published();
    let none = office.get("/en/xso/explore?rows=area&round=99", &[]).text();
    assert!(none.contains("No row fits."), "{none}");
    let wrong = office.get("/en/xso/explore?dataset=displacement&rows=area&reason=boredom", &[]).text();
    assert!(wrong.contains("role=alert") || wrong.contains("role=\"alert\""), "{wrong}");
    assert!(wrong.contains("boredom") && wrong.contains("not_reported"), "which values there are: {wrong}");
    let file = office.get("/en/xso/explore.csv?dataset=displacement&rows=area&reason=boredom", &[]);
    assert_eq!(file.status, 400);
    assert_eq!(office.get("/en/xso/explore?dataset=secrets", &[]).status, 404);
    assert_eq!(office.get("/en/nowhere/explore", &[]).status, 404);
}
