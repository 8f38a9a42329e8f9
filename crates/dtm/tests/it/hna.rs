//! The needs of households, as the client of the public HNA API reads them, which knows nothing of us but another host.

use crate::browser::World;
use crate::program::python;
use std::process::Command;

/// Reads everything twice, as pages and as a workbook, and holds one against the other.
const CLIENT: &str = r#"
import datetime, io, sys
import dtmapi.hna.api as hna
import openpyxl, requests
base, key, other = sys.argv[1:4]
for name in dir(hna):
    value = getattr(hna, name)
    if isinstance(value, str) and value.startswith("https://dtmapi.iom.int"):
        setattr(hna, name, value.replace("https://dtmapi.iom.int", base))
api = hna.DTMHnaApi(subscription_key=key, max_retries=0)
print("countries:", api.get_all_countries(to_pandas=False))
catalog = api.get_hna_data_catalog()
print("catalogue:", ", ".join(sorted(catalog.indicator_category.unique())))
years = [datetime.date.today().year - back for back in (0, 1)]
year = next(year for year in years if len(api.get_all_hna_admin2_data(Admin0Pcode="XSO", Year=year)))
data = api.get_all_hna_admin2_data(Admin0Pcode="XSO", Year=year)
page = api.get_hna_admin2_data(Admin0Pcode="xso", Year=year)
assert len(page) == 50 and len(data) > 50, (len(page), len(data))
assert set(catalog.indicator_name) <= set(data.columns), "every column of the catalogue is there"
assert not data.duplicated(["m0304_meta_adm2_pcode", "m2788_loc_assessment_strata", "round"]).any()
print("groups:", ", ".join(sorted(data.m2788_loc_assessment_strata.unique())))
shares = data[list(catalog.indicator_name)]
print("shares:", shares.min().min() >= 0, shares.max().max() <= 100, bool(shares.isna().any().any()))
idp = api.get_all_hna_admin2_data(Admin0Pcode="XSO", Year=year, PopulationGroup=["IDP"])
assert len(idp) == (data.m2788_loc_assessment_strata == "IDP").sum()
assert len(api.get_all_hna_admin2_data(Admin0Pcode="XSO", Year=1999)) == 0
pointer = api.get_hna_download_url(Admin0Pcode="XSO", Year=year)
left = pointer["expires_at"] - datetime.datetime.now(datetime.timezone.utc)
assert datetime.timedelta(minutes=9) < left <= datetime.timedelta(minutes=10), left
book = openpyxl.load_workbook(io.BytesIO(api.download_hna_data(Admin0Pcode="XSO", Year=year)))
rows = [row for row in book["Data"].iter_rows(values_only=True)]
head = next(at for at, row in enumerate(rows) if "m0304_meta_adm2_pcode" in row)
names = rows[head]
told = {}
for row in rows[head + 2:]:
    row = dict(zip(names, row))
    told[row["m0304_meta_adm2_pcode"], row["m2788_loc_assessment_strata"]] = row
assert len(told) == len(data), (len(told), len(data))
for _, row in data.iterrows():
    same = told[row.m0304_meta_adm2_pcode, row.m2788_loc_assessment_strata]
    for name in catalog.indicator_name:
        theirs = same[name]
        assert (theirs is None and row[name] != row[name]) or theirs == row[name], (name, theirs, row[name])
print("workbook: equal")
changed = requests.get(pointer["downloadUrl"].replace("XSO", "HTI"))
print("changed link:", changed.status_code, changed.json()["result"]["errorMessages"])
try:
    hna.DTMHnaApi(subscription_key=other, max_retries=0).get_all_countries()
except hna.HNAAuthError:
    print("a key of the other product is refused")
try:
    api.get_hna_admin2_data(Admin0Pcode="XSO", Year=year, PopulationGroup="martians")
except hna.HNAResponseError as error:
    print(str(error)[:40])
except hna.HNARequestError as error:
    print("request", str(error)[:60])
"#;

#[test]
fn the_client_of_the_public_api_reads_the_needs_of_households() {
    let Some(python) = python("dtmapi.hna.api") else { return };
    let world = World::get();
    let key = |product: &str| {
        let made = world.run(&["key", "add", "client from PyPI", "--product", product]);
        made["key"].as_str().unwrap().to_owned()
    };
    let fetched = Command::new(python).args(["-c", CLIENT, &world.url(), &key("hna"), &key("displacement")]).output();
    let fetched = fetched.unwrap();
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    expect_test::expect![[r#"
        countries: [{'admin0Name': 'Sorelia', 'admin0Pcode': 'XSO'}]
        catalogue: Education, Livelihoods, Priority needs, Sanitation, Shelter, Water
        groups: IDP, IDP returnee, Non-displaced
        shares: True True True
        workbook: equal
        changed link: 403 ['This link is not as it was given out. Ask for a new one.']
        a key of the other product is refused
        request HTTP error occurred: 400 Bad Request
    "#]]
    .assert_eq(&String::from_utf8_lossy(&fetched.stdout));
}

#[test]
fn calls_of_a_key_are_counted_and_too_many_wait() {
    let world = World::get();
    let made = world.run(&["key", "add", "hurried", "--product", "hna", "--per-minute", "2"]);
    let key = [("Ocp-Apim-Subscription-Key", made["key"].as_str().unwrap())];
    assert_eq!(world.open("/HNA/v1/country-list", &key).status, 200);
    assert_eq!(world.open("/hna/V1/Catalog", &key).status, 200, "in any case");
    let slowed = world.open("/HNA/v1/country-list", &key);
    assert_eq!(slowed.status, 429);
    assert!(slowed.header("retry-after").is_some());
    let body: serde_json::Value = serde_json::from_slice(&slowed.body).unwrap();
    assert_eq!((&body["result"]["isSuccess"], &body["status"]), (&false.into(), &5.into()));
}

#[test]
fn households_that_gave_several_answers_are_not_counted_twice() {
    let world = World::get();
    let sums = |measure: &str| {
        let answer = world.open(&format!("/v1/published/xso/datasets/needs/sums?measure={measure}&per=area"), &[]);
        (answer.status, serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap())
    };
    let (status, told) = sums("with_hh");
    assert_eq!(status, 200, "{told}");
    let by: Vec<&str> = told["by"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(by.contains(&"need") && by.contains(&"area"), "every answer for itself: {by:?}");
    let (status, told) = sums("share");
    assert_eq!(status, 400);
    assert!(told["message"].as_str().unwrap().contains("cannot be added up"), "{told}");
}
