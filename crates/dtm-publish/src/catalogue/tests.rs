use super::feed::{News, What};
use super::*;
use crate::dataset::{self, Form};
use crate::files::tests::{atlas, released};
use dtm_model::Text;
use expect_test::expect;

/// What is said of one release of the fictional country.
fn with_entry<T>(say: impl FnOnce(&Entry<'_, '_>) -> T) -> T {
    let (release, atlas, publisher) = (released(), atlas(), Publisher::default());
    let releases = [&release];
    let datasets = dataset::all(&releases, &atlas, &Form::named(Lang::En)).unwrap();
    let sums = Sums::from([(("areas".to_owned(), Format::Csv, Lang::En), Sum { bytes: 435, sha256: "ab".repeat(32) })]);
    let base = "https://dtm.example";
    say(&Entry { base, releases: &releases, datasets: &datasets, active: true, publisher: &publisher, sums: &sums })
}

#[test]
fn hdx_is_given_every_field_it_asks_for() {
    let package = with_entry(|entry| hdx::package(entry, &hdx::Owner::default()));
    for field in ["name", "private", "title", "notes", "dataset_source", "dataset_date", "groups", "license_id", "tags"]
    {
        assert!(!package[field].is_null(), "{field}");
    }
    assert_eq!(package["name"], "dtm-xso-displacement");
    assert_eq!(package["dataset_date"], "[2024-05-01T00:00:00 TO 2024-05-31T23:59:59]");
    assert_eq!(package["data_update_frequency"], "-2", "one round says nothing of the next");
    assert_eq!(package["resources"][0]["url"], "https://dtm.example/en/xso/hdx.csv");
    assert_eq!(package["resources"][0]["p_coded"], true);
}

#[test]
fn an_operation_that_is_over_is_never_updated() {
    let (release, publisher) = (released(), Publisher::default());
    let entry = Entry {
        base: "https://dtm.example",
        releases: &[&release],
        datasets: &[],
        active: false,
        publisher: &publisher,
        sums: &Sums::new(),
    };
    assert_eq!(hdx::frequency(&entry), -1);
}

#[test]
fn the_rows_of_hapi_add_up_reasons_and_origins() {
    expect![[r#"
        location_code,has_hrp,in_gho,provider_admin1_name,provider_admin2_name,admin1_code,admin1_name,admin2_code,admin2_name,admin_level,operation,assessment_type,population,reporting_round,reference_period_start,reference_period_end,dataset_hdx_id,resource_hdx_id,warning,error
        XSO,,,,,,,,,0,Countrywide monitoring,BA,440,5,2024-05-31,2024-05-31,,,,
        XSO,,,North,Bel Air,XS01,North,XS0101,Bel-Air,2,Countrywide monitoring,BA,60,5,2024-05-31,2024-05-31,,,,
        XSO,,,=South,"Ford, the ""old""",XS02,=South,XS0201,"Ford, the ""old""",2,Countrywide monitoring,BA,380,5,2024-05-31,2024-05-31,,,,
    "#]]
    .assert_eq(&hapi::csv(&[&released()], &atlas()).replace("\r\n", "\n"));
}

#[test]
fn a_package_describes_the_columns_of_each_file_and_its_sum() {
    let package = with_entry(|entry| {
        frictionless::package(entry, Lang::Fr, &|dataset, format| format!("{}.{}", dataset.name(), format.extension()))
    });
    let areas = package["resources"].as_array().unwrap().iter().find(|one| one["name"] == "areas").unwrap();
    assert_eq!(areas["path"], "areas.csv");
    // The sum is that of the English file.
    assert!(areas["hash"].is_null());
    let state =
        areas["schema"]["fields"].as_array().unwrap().iter().find(|one| one["name"] == "idp_ind_state").unwrap();
    assert_eq!(state["constraints"]["enum"], serde_json::json!(["shown", "nothing", "hidden"]));
    assert_eq!(state["labels"]["hidden"], "Masqué par protection");
}

#[test]
fn turtle_and_json_ld_say_the_same_in_both_languages() {
    let (turtle, json) = with_entry(|entry| {
        let one = std::slice::from_ref(entry);
        (dcat::catalogue_turtle(entry.base, one), dcat::catalogue_json_ld(entry.base, one))
    });
    assert!(turtle.contains("\"Sorélie – Suivi national – Nombres par zone\"@fr"), "{turtle}");
    assert!(turtle.contains("\"435\"^^xsd:nonNegativeInteger"), "{turtle}");
    let graph = json["@graph"].as_array().unwrap();
    let n_datasets = graph.iter().filter(|node| node["@type"][0] == "dcat:Dataset").count();
    assert_eq!((n_datasets, turtle.matches("a dcat:Dataset").count()), (4, 4));
    assert_eq!(graph.len(), turtle.matches("\n<").count());
}

#[test]
fn search_engines_learn_where_the_files_are() {
    let said = with_entry(|entry| dcat::schema_org(entry, &entry.datasets[1], Lang::Fr));
    assert_eq!(said["@type"], "Dataset");
    assert_eq!(said["temporalCoverage"], "2024-05-01/2024-05-31");
    assert_eq!(said["distribution"][0]["contentUrl"], "https://dtm.example/fr/xso/data/areas.xlsx");
}

#[test]
fn news_keep_their_ids_and_come_newest_first() {
    let release = released();
    let news = |what, at| News {
        release: release.id().clone(),
        at: Instant::from_millis(at),
        what,
        operation: Text::both("Sorelia <North>", "Sorélie"),
        slug: "xso".to_owned(),
        round: "5.1".to_owned(),
        exercise: "mobility".to_owned(),
        version: 1,
    };
    let all = [
        news(What::Published, 1_700_000_000_000),
        news(What::Withdrawn("a site & its name were wrong".to_owned()), 1_700_100_000_000),
    ];
    let feed = |news: &[News]| {
        let publishers = [Publisher { contact: Some("dtm@example.org".to_owned()), ..Publisher::default() }];
        let feed = feed::Feed {
            title: "News",
            address: "https://dtm.example/en/feed.atom",
            page: "https://dtm.example/en",
            publishers: &publishers,
        };
        feed::atom(&feed, news, "https://dtm.example", Lang::En)
    };
    expect![[r#"
        <?xml version="1.0" encoding="utf-8"?>
        <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
    "#]]
    .assert_eq(&(feed(&all).lines().take(2).collect::<Vec<_>>().join("\n") + "\n"));
    let withdrawn = feed(&all).find("is withdrawn").unwrap();
    assert!(withdrawn < feed(&all).find("is published").unwrap());
    assert!(feed(&all).contains("<summary>a site &amp; its name were wrong</summary>"));
    let id = |text: &str| text.split("<entry>\n").last().unwrap().lines().next().unwrap().to_owned();
    assert_eq!(id(&feed(&all[..1])), id(&feed(&all)), "what was said before keeps its id");
}
