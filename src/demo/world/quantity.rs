//! Quantities as the scheduler adds them: in thousandths of the unit, as whole numbers.

/// Reads a quantity (`250m`, `2`, `128Mi`, `1e3`) into thousandths. What is no quantity counts as nothing.
pub fn milli(text: &str) -> i64 {
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let Ok(number) = number.parse::<f64>() else { return 0 };
    let unit = match suffix {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        exponent => match exponent.trim_start_matches(['e', 'E']).parse::<i32>() {
            Ok(power) => 10.0_f64.powi(power),
            Err(_) => return 0,
        },
    };
    (number * unit * 1e3).ceil() as i64
}

/// The same from JSON, where a quantity may be a bare number.
pub fn of(value: Option<&serde_json::Value>) -> i64 {
    match value {
        Some(serde_json::Value::String(text)) => milli(text),
        Some(serde_json::Value::Number(number)) => milli(&number.to_string()),
        _ => 0,
    }
}

/// Thousandths as a decimal quantity: `200m`, `3`.
pub fn decimal(milli: i64) -> String {
    if milli % 1_000 == 0 { (milli / 1_000).to_string() } else { format!("{milli}m") }
}

/// Thousandths of bytes as a quantity with the largest binary unit that leaves a whole number.
pub fn bytes(milli: i64) -> String {
    let (mut amount, mut unit) = (milli / 1_000, "");
    for next in ["Ki", "Mi", "Gi", "Ti"] {
        if amount == 0 || amount % 1_024 != 0 {
            break;
        }
        (amount, unit) = (amount / 1_024, next);
    }
    format!("{amount}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_as_the_api_writes_them() {
        assert_eq!([decimal(200), decimal(2_000), decimal(0)], ["200m", "2", "0"]);
        assert_eq!([bytes(milli("64Mi")), bytes(milli("1536Ki")), bytes(milli("1000"))], ["64Mi", "1536Ki", "1000"]);
    }

    #[test]
    fn every_form_is_read() {
        for (text, thousandths) in [
            ("250m", 250),
            ("2", 2_000),
            ("0.1", 100),
            ("1Ki", 1_024_000),
            ("128Mi", 134_217_728_000),
            ("1e3", 1_000_000),
            ("1M", 1_000_000_000),
            ("lots", 0),
            ("", 0),
        ] {
            assert_eq!(milli(text), thousandths, "{text}");
        }
    }
}
