//! A screen as an SVG picture.
