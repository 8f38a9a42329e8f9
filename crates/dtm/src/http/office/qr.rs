//! QR codes as drawings for a page.

use super::super::problem::Problem;

/// The code as an SVG element.
pub(super) fn svg(payload: &str) -> Result<String, Problem> {
    let code = qrcode::QrCode::with_error_correction_level(payload.as_bytes(), qrcode::EcLevel::L)
        .map_err(Problem::internal)?;
    let svg = code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(260, 260)
        .dark_color(qrcode::render::svg::Color("#14213D"))
        .light_color(qrcode::render::svg::Color("#FFFFFF"))
        .build();
    // The renderer writes a whole document; a page wants the element alone.
    Ok(svg.split_once("?>").map_or(svg.clone(), |(_, element)| element.to_owned()))
}
