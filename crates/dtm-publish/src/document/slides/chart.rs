//! A chart that PowerPoint draws itself, and the workbook with its numbers.

use super::super::package::{PackageError, escape};
use super::super::{Chart, Shape};
use crate::drawing::Reading;
use rust_xlsxwriter::Workbook;
use std::fmt::Write;

/// Colours of one series, and of two: men and women are told apart without pink and blue.
const ONE: [&str; 1] = ["0B4A9E"];
const TWO: [&str; 2] = ["2F7FC1", "B35806"];

/// The numbers of a chart as a workbook: labels in the first column, a series in each further one.
pub(super) fn workbook(chart: &Chart) -> Result<Vec<u8>, PackageError> {
    let mut book = Workbook::new();
    let epoch = rust_xlsxwriter::ExcelDateTime::from_ymd(2020, 1, 1)?;
    book.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&epoch));
    let sheet = book.add_worksheet().set_name("Data")?;
    for (row, category) in (1..).zip(&chart.categories) {
        sheet.write_string(row, 0, category)?;
    }
    for (column, (name, numbers)) in (1..).zip(&chart.series) {
        sheet.write_string(0, column, name)?;
        for (row, number) in (1..).zip(numbers) {
            if let Some(number) = number {
                sheet.write_number(row, column, *number)?;
            }
        }
    }
    Ok(book.save_to_buffer()?)
}

/// The chart. `data` is the relation that leads to its workbook.
pub(super) fn xml(chart: &Chart, lang: &str, data: &str) -> String {
    let n = chart.categories.len();
    let format = if chart.reading == Reading::Share { "0%" } else { "#,##0" };
    let colours: &[&str] = if chart.series.len() == 1 { &ONE } else { &TWO };
    let mut series = String::new();
    for (at, ((name, numbers), colour)) in chart.series.iter().zip(colours.iter().cycle()).enumerate() {
        let column = char::from(b'B' + at as u8);
        let fill = format!("<a:solidFill><a:srgbClr val=\"{colour}\"/></a:solidFill>");
        let (look, marks) = match chart.shape {
            Shape::Line => (
                format!("<a:ln w=\"31750\">{fill}</a:ln>"),
                format!("<c:marker><c:symbol val=\"circle\"/><c:size val=\"7\"/><c:spPr>{fill}</c:spPr></c:marker>"),
            ),
            Shape::Bars | Shape::Columns => (fill, "<c:invertIfNegative val=\"0\"/>".to_owned()),
        };
        let labels = match chart.shape {
            // Every day its number would be too much to read.
            Shape::Columns => String::new(),
            shape => format!(
                "<c:dLbls><c:numFmt formatCode=\"{format}\" sourceLinked=\"0\"/><c:spPr><a:noFill/></c:spPr><c:txPr><a:bodyPr/>\
                 <a:lstStyle/><a:p><a:pPr><a:defRPr sz=\"1200\"/></a:pPr><a:endParaRPr lang=\"{lang}\"/></a:p></c:txPr>\
                 <c:dLblPos val=\"{}\"/><c:showLegendKey val=\"0\"/><c:showVal val=\"1\"/><c:showCatName val=\"0\"/>\
                 <c:showSerName val=\"0\"/><c:showPercent val=\"0\"/><c:showBubbleSize val=\"0\"/></c:dLbls>",
                if shape == Shape::Line { "t" } else { "outEnd" }
            ),
        };
        let mut categories = String::new();
        let mut values = String::new();
        for (point, (category, number)) in chart.categories.iter().zip(numbers).enumerate() {
            let _ = write!(categories, "<c:pt idx=\"{point}\"><c:v>{}</c:v></c:pt>", escape(category));
            if let Some(number) = number {
                let _ = write!(values, "<c:pt idx=\"{point}\"><c:v>{number}</c:v></c:pt>");
            }
        }
        let last = n + 1;
        let _ = write!(
            series,
            "<c:ser><c:idx val=\"{at}\"/><c:order val=\"{at}\"/><c:tx><c:strRef><c:f>Data!${column}$1</c:f><c:strCache>\
             <c:ptCount val=\"1\"/><c:pt idx=\"0\"><c:v>{}</c:v></c:pt></c:strCache></c:strRef></c:tx><c:spPr>{look}</c:spPr>\
             {marks}{labels}<c:cat><c:strRef><c:f>Data!$A$2:$A${last}</c:f><c:strCache><c:ptCount val=\"{n}\"/>{categories}\
             </c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>Data!${column}$2:${column}${last}</c:f><c:numCache>\
             <c:formatCode>{format}</c:formatCode><c:ptCount val=\"{n}\"/>{values}</c:numCache></c:numRef></c:val>{smooth}</c:ser>",
            escape(name),
            smooth = if chart.shape == Shape::Line { "<c:smooth val=\"0\"/>" } else { "" },
        );
    }
    let axes = "<c:axId val=\"111\"/><c:axId val=\"222\"/>";
    let (plot, category_side, value_side, order) = match chart.shape {
        Shape::Line => (
            format!(
                "<c:lineChart><c:grouping val=\"standard\"/><c:varyColors val=\"0\"/>{series}<c:marker val=\"1\"/>{axes}</c:lineChart>"
            ),
            "b",
            "l",
            "minMax",
        ),
        Shape::Bars => (
            format!(
                "<c:barChart><c:barDir val=\"bar\"/><c:grouping val=\"clustered\"/><c:varyColors val=\"0\"/>{series}\
                 <c:gapWidth val=\"40\"/>{axes}</c:barChart>"
            ),
            "l",
            "t",
            // The first bar stands above.
            "maxMin",
        ),
        Shape::Columns => (
            format!(
                "<c:barChart><c:barDir val=\"col\"/><c:grouping val=\"clustered\"/><c:varyColors val=\"0\"/>{series}\
                 <c:gapWidth val=\"30\"/>{axes}</c:barChart>"
            ),
            "b",
            "l",
            "minMax",
        ),
    };
    let text = format!(
        "<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz=\"1200\"><a:solidFill><a:srgbClr val=\"14213D\"/>\
         </a:solidFill></a:defRPr></a:pPr><a:endParaRPr lang=\"{lang}\"/></a:p></c:txPr>"
    );
    // Bars and lines say their numbers, so that an axis of numbers would say them twice.
    let hidden = u8::from(chart.shape != Shape::Columns);
    let legend = if chart.series.len() > 1 {
        format!("<c:legend><c:legendPos val=\"b\"/><c:overlay val=\"0\"/>{text}</c:legend>")
    } else {
        String::new()
    };
    format!(
        "<c:chartSpace xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" \
         xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><c:roundedCorners val=\"0\"/><c:chart>\
         <c:autoTitleDeleted val=\"1\"/><c:plotArea><c:layout/>{plot}<c:catAx><c:axId val=\"111\"/><c:scaling>\
         <c:orientation val=\"{order}\"/></c:scaling><c:delete val=\"0\"/><c:axPos val=\"{category_side}\"/>\
         <c:numFmt formatCode=\"General\" sourceLinked=\"0\"/><c:majorTickMark val=\"none\"/><c:minorTickMark val=\"none\"/>\
         <c:tickLblPos val=\"low\"/><c:spPr><a:ln w=\"9525\"><a:solidFill><a:srgbClr val=\"DDE3EC\"/></a:solidFill></a:ln></c:spPr>\
         {text}<c:crossAx val=\"222\"/><c:crosses val=\"autoZero\"/></c:catAx><c:valAx><c:axId val=\"222\"/><c:scaling>\
         <c:orientation val=\"minMax\"/><c:min val=\"0\"/></c:scaling><c:delete val=\"{hidden}\"/><c:axPos val=\"{value_side}\"/>\
         <c:numFmt formatCode=\"{format}\" sourceLinked=\"0\"/><c:majorTickMark val=\"none\"/><c:minorTickMark val=\"none\"/>\
         <c:tickLblPos val=\"nextTo\"/>{text}<c:crossAx val=\"111\"/><c:crosses val=\"autoZero\"/></c:valAx></c:plotArea>{legend}\
         <c:plotVisOnly val=\"1\"/><c:dispBlanksAs val=\"gap\"/></c:chart><c:externalData r:id=\"{data}\"><c:autoUpdate val=\"0\"/>\
         </c:externalData></c:chartSpace>"
    )
}
