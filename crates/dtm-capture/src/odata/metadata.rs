//! What an OData service says of itself: the service document and the `$metadata` document (CSDL 4.0).

use super::expression::System;
use super::{SUBMISSIONS, identifier, line, parent_property, table_name};
use crate::instance::Shape;
use dtm_model::FieldKind;
use quick_xml::escape::escape;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The service document of a form; `address` is where the service lies.
pub fn service_document(shape: &Shape, address: &str) -> Value {
    let mut sets = vec![SUBMISSIONS.to_owned()];
    sets.extend(shape.repeats().map(|repeat| table_name(shape, repeat)));
    let sets: Vec<Value> = sets.iter().map(|name| json!({ "name": name, "kind": "EntitySet", "url": name })).collect();
    json!({ "@odata.context": format!("{address}/$metadata"), "value": sets })
}

fn edm_type(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Integer => "Edm.Int64",
        FieldKind::Decimal => "Edm.Decimal",
        FieldKind::Date => "Edm.Date",
        FieldKind::DateTime => "Edm.DateTimeOffset",
        FieldKind::Geopoint => "Edm.GeographyPoint",
        FieldKind::Geotrace => "Edm.GeographyLineString",
        FieldKind::Geoshape => "Edm.GeographyPolygon",
        _ => "Edm.String",
    }
}

fn system_type(system: System) -> &'static str {
    match system {
        System::SubmissionDate | System::UpdatedAt | System::DeletedAt | System::CreatedAt => "Edm.DateTimeOffset",
        System::AttachmentsPresent
        | System::AttachmentsExpected
        | System::Edits
        | System::Updates
        | System::Version => "Edm.Int64",
        System::Status => "org.opendatakit.submission.Status",
        System::ReviewState => "org.opendatakit.submission.ReviewState",
        _ => "Edm.String",
    }
}

/// A type being described.
struct Type {
    name: String,
    lines: Vec<String>,
}

/// The `$metadata` document of a form's submissions.
pub fn metadata(xml_form_id: &str, shape: &Shape) -> String {
    let namespace = format!("org.opendatakit.user.{}", identifier(xml_form_id));
    let property = |name: &str, kind: &str| format!("<Property Name=\"{name}\" Type=\"{kind}\"/>");
    let mut root = Type { name: SUBMISSIONS.to_owned(), lines: Vec::new() };
    root.lines.push(property("__system", "org.opendatakit.submission.metadata"));
    // One description for each group and repeat; what stands at the top belongs to the root.
    let mut groups: Vec<Type> = Vec::new();
    let mut repeats: Vec<Type> = Vec::new();
    let lines_of = |of: Option<usize>| -> Vec<String> {
        let describe = |at: &usize| {
            let node = shape.node(*at);
            let name = identifier(&node.name);
            let path = line(shape, *at).join(".");
            match node.kind {
                FieldKind::Group => property(&name, &format!("{namespace}.{path}")),
                FieldKind::Repeat => format!(
                    "<NavigationProperty Name=\"{name}\" Type=\"Collection({namespace}.{})\"/>",
                    table_name(shape, *at)
                ),
                kind => property(&name, edm_type(kind)),
            }
        };
        shape.children(of).iter().map(describe).collect()
    };
    root.lines.extend(lines_of(None));
    for (at, node) in shape.nodes().iter().enumerate() {
        match node.kind {
            FieldKind::Group => {
                groups.push(Type { name: line(shape, at).join("."), lines: lines_of(Some(at)) });
            }
            FieldKind::Repeat => {
                let mut lines = vec![property(&parent_property(shape, at), "Edm.String")];
                lines.extend(lines_of(Some(at)));
                repeats.push(Type { name: table_name(shape, at), lines });
            }
            _ => {}
        }
    }
    let mut entities = vec![root];
    entities.extend(repeats);

    let mut out = head();
    out.push_str(
        "    <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"org.opendatakit.submission\">\n",
    );
    out.push_str("      <ComplexType Name=\"metadata\">\n");
    for (system, name) in System::OF_SUBMISSION {
        let _ = writeln!(out, "        {}", property(name, system_type(system)));
    }
    out.push_str("      </ComplexType>\n");
    for (name, members) in [
        ("Status", &["notDecrypted", "missingEncryptedFormData"][..]),
        ("ReviewState", &["hasIssues", "edited", "rejected", "approved"][..]),
    ] {
        let _ = writeln!(out, "      <EnumType Name=\"{name}\">");
        // Some clients do not number the members by themselves.
        for (value, member) in members.iter().enumerate() {
            let _ = writeln!(out, "        <Member Name=\"{member}\" Value=\"{value}\"/>");
        }
        out.push_str("      </EnumType>\n");
    }
    out.push_str("    </Schema>\n");
    let _ = writeln!(out, "    <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"{namespace}\">");
    for entity in &entities {
        let _ = writeln!(out, "      <EntityType Name=\"{}\">", entity.name);
        out.push_str("        <Key><PropertyRef Name=\"__id\"/></Key>\n");
        let _ = writeln!(out, "        {}", property("__id", "Edm.String"));
        for line in &entity.lines {
            let _ = writeln!(out, "        {line}");
        }
        out.push_str("      </EntityType>\n");
    }
    for group in &groups {
        let _ = writeln!(out, "      <ComplexType Name=\"{}\">", group.name);
        for line in &group.lines {
            let _ = writeln!(out, "        {line}");
        }
        out.push_str("      </ComplexType>\n");
    }
    let _ = writeln!(out, "      <EntityContainer Name=\"{}\">", identifier(xml_form_id));
    for entity in &entities {
        let _ = writeln!(out, "        <EntitySet Name=\"{0}\" EntityType=\"{namespace}.{0}\">", entity.name);
        out.push_str(CAPABILITIES);
        out.push_str("        </EntitySet>\n");
    }
    out.push_str("      </EntityContainer>\n    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n");
    out
}

/// The `$metadata` document of a list of entities with these properties.
pub fn entities_metadata(list: &str, properties: &[String]) -> String {
    let namespace = format!("org.opendatakit.user.{}", identifier(list));
    let mut out = head();
    out.push_str(
        "    <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"org.opendatakit.entity\">\n",
    );
    out.push_str("      <ComplexType Name=\"metadata\">\n");
    for (system, name) in System::OF_ENTITY {
        let _ = writeln!(out, "        <Property Name=\"{name}\" Type=\"{}\"/>", system_type(system));
    }
    out.push_str("      </ComplexType>\n    </Schema>\n");
    let _ = writeln!(out, "    <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"{namespace}\">");
    out.push_str("      <EntityType Name=\"Entities\">\n        <Key><PropertyRef Name=\"__id\"/></Key>\n");
    out.push_str("        <Property Name=\"__id\" Type=\"Edm.String\"/>\n");
    out.push_str("        <Property Name=\"__system\" Type=\"org.opendatakit.entity.metadata\"/>\n");
    out.push_str("        <Property Name=\"label\" Type=\"Edm.String\"/>\n");
    for name in properties {
        let _ = writeln!(out, "        <Property Name=\"{}\" Type=\"Edm.String\"/>", escape(identifier(name).as_str()));
    }
    out.push_str("      </EntityType>\n");
    let _ = writeln!(out, "      <EntityContainer Name=\"{}\">", identifier(list));
    let _ = writeln!(out, "        <EntitySet Name=\"Entities\" EntityType=\"{namespace}.Entities\">");
    out.push_str(CAPABILITIES);
    out.push_str(
        "        </EntitySet>\n      </EntityContainer>\n    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n",
    );
    out
}

fn head() -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\" Version=\"4.0\">\n  <edmx:DataServices>\n"
        .to_owned()
}

/// What every table can do.
const CAPABILITIES: &str = r#"          <Annotation Term="Org.OData.Capabilities.V1.ConformanceLevel" EnumMember="Org.OData.Capabilities.V1.ConformanceLevelType/Minimal"/>
          <Annotation Term="Org.OData.Capabilities.V1.BatchSupported" Bool="false"/>
          <Annotation Term="Org.OData.Capabilities.V1.CountRestrictions"><Record><PropertyValue Property="Countable" Bool="true"/></Record></Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions"><Record><PropertyValue Property="Filterable" Bool="true"/><PropertyValue Property="RequiresFilter" Bool="false"/></Record></Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.SortRestrictions"><Record><PropertyValue Property="Sortable" Bool="true"/></Record></Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.ExpandRestrictions"><Record><PropertyValue Property="Expandable" Bool="true"/></Record></Annotation>
"#;
