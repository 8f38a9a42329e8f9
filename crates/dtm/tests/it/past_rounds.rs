//! Rounds that were published before come in as the public DTM API told them, and go out as that API tells them: to
//! its own client from PyPI, which knows nothing of us but another host.

use crate::program::{Program, python, shared_data};
use std::process::Command;

/// Asks for every recorded answer anew and says, for each, how many rows are equal in every field. A row's id is
/// compared too, and the order of the fields, which is the order of the columns that people see.
const CLIENT: &str = r#"
import json, sys
import dtmapi.api
base, key, recordings = sys.argv[1:4]
for name in dir(dtmapi.api):
    value = getattr(dtmapi.api, name)
    if isinstance(value, str) and value.startswith("https://dtmapi.iom.int"):
        setattr(dtmapi.api, name, value.replace("https://dtmapi.iom.int", base))
api = dtmapi.api.DTMApi(subscription_key=key, max_retries=0)
calls = [api.get_idp_admin0_data, api.get_idp_admin1_data, api.get_idp_admin2_data]
in_order = lambda rows: sorted(json.dumps(row, sort_keys=True) for row in rows)
for country in ["HTI", "TCD"]:
    for level, call in enumerate(calls):
        with open(f"{recordings}/displacement-admin{level}-admin0pcode-{country.lower()}.json") as file:
            published = json.load(file)["result"]
        served = call(Admin0Pcode=country, to_pandas=False)
        ours, theirs = in_order(served), in_order(published)
        for row in [row for row in theirs if row not in ours][:3]:
            print("missing", row)
        for row in [row for row in ours if row not in theirs][:3]:
            print("extra", row)
        equal = "equal" if ours == theirs else "DIFFERENT"
        if served and list(served[0]) != list(published[0]):
            equal += f", fields in another order: {', '.join(served[0])}"
        people = sum(row["numPresentIdpInd"] for row in served)
        print(f"{country} admin{level}: {len(served)} rows, {people} people, {equal}")
table = api.get_idp_admin2_data(CountryName="Haiti", FromRoundNumber=3, ToRoundNumber=3, Operation="Countrywide monitoring")
table = table[table.assessmentType == "BA"]
print(f"Haiti, round 3: {len(table)} rows, {table.numPresentIdpInd.sum()} people")
print("countries:", ", ".join(row["admin0Pcode"] for row in api.get_all_countries(to_pandas=False)))
print("operations:", "; ".join(sorted(row["operation"] for row in api.get_all_operations(to_pandas=False))))
try:
    dtmapi.api.DTMApi(subscription_key="of somebody else", max_retries=0).get_all_countries()
except dtmapi.DTMAuthenticationError:
    print("a wrong key is refused")
"#;

#[test]
fn recorded_answers_of_haiti_and_chad_reach_the_client_of_the_public_api_as_they_were() {
    let Some(shared) = shared_data() else { return };
    let Some(python) = python("dtmapi.api") else { return };
    let recordings = shared.join("dtm-api");
    let dtm = Program::new();
    let answers: Vec<String> = ["hti", "tcd"]
        .iter()
        .flat_map(|country| (0..3).map(move |level| format!("displacement-admin{level}-admin0pcode-{country}.json")))
        .map(|name| format!("\"{}\"", recordings.join(name).display()))
        .collect();
    let answers = answers.join(" ");
    let loaded = dtm.tell(&format!("import past-rounds {answers}"));
    assert_eq!((&loaded["rounds"], &loaded["known"]), (&87.into(), &0.into()));
    assert_eq!(loaded["remarks"], serde_json::json!([]));
    let again = dtm.tell(&format!("import past-rounds {answers}"));
    assert_eq!((&again["rounds"], &again["known"]), (&0.into(), &87.into()));

    let key = dtm.tell("key add \"client from PyPI\"");
    let server = dtm.serve();
    let fetched = Command::new(python)
        .args(["-c", CLIENT, &server.url(), key["key"].as_str().unwrap()])
        .arg(&recordings)
        .output()
        .unwrap();
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    expect_test::expect![[r#"
        HTI admin0: 114 rows, 13831385 people, equal
        HTI admin1: 235 rows, 13831385 people, equal
        HTI admin2: 1384 rows, 13831385 people, equal
        TCD admin0: 56 rows, 6117890 people, equal
        TCD admin1: 56 rows, 6117890 people, equal
        TCD admin2: 145 rows, 6117890 people, equal
        Haiti, round 3: 16 rows, 127977 people
        countries: TCD, HTI
        operations: Countrywide monitoring; Earthquake (August-2021); Haiti Earthquake; Hurricane Matthew; Hurricane Season in the Caribbean (2017); Lake Chad Basin Crisis
        a wrong key is refused
    "#]].assert_eq(&String::from_utf8_lossy(&fetched.stdout));
}
