//! Schedules of CronJobs (`robfig/cron` v3, `ParseStandard`): five fields of lists of ranges with steps, or a descriptor such as
//! `@daily`.

/// The name, the least and the most, and the names of a field's values from its least on.
const FIELDS: [(i64, i64, &[&str]); 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// What is wrong with a schedule.
pub fn schedule_problem(text: &str) -> Option<String> {
    // A zone in front is passed here, and refused by itself.
    let zoned = text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ="));
    let text = zoned.map_or(text, |rest| rest.split_once(' ').map_or("", |(_, rest)| rest.trim()));
    if let Some(word) = text.strip_prefix('@') {
        if let Some(every) = word.strip_prefix("every ") {
            let fine = every.ends_with(['s', 'm', 'h']) && every.starts_with(|c: char| c.is_ascii_digit());
            return (!fine).then(|| format!("failed to parse duration {text}: time: invalid duration {every:?}"));
        }
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        return (!known.contains(&word)).then(|| format!("unrecognized descriptor: {text}"));
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    let problems = fields.iter().zip(FIELDS).flat_map(|(field, bounds)| field.split(',').map(move |range| range_problem(range, bounds)));
    problems.flatten().next()
}

fn range_problem(text: &str, (least, most, names): (i64, i64, &[&str])) -> Option<String> {
    let number = |word: &str| -> Result<i64, String> {
        let lower = word.to_ascii_lowercase();
        if let Some(index) = names.iter().position(|name| *name == lower) {
            return Ok(least + i64::try_from(index).unwrap_or(0));
        }
        match word.parse::<i64>() {
            Ok(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {word}")),
            Ok(number) => Ok(number),
            Err(_) => Err(format!("failed to parse int from {word}: strconv.Atoi: parsing {word:?}: invalid syntax")),
        }
    };
    let judge = || -> Result<(), String> {
        let (range, step) = text.split_once('/').map_or((text, None), |(range, step)| (range, Some(step)));
        let parts: Vec<&str> = range.split('-').collect();
        let (start, mut end) = match parts[..] {
            ["*" | "?", ..] => (least, most),
            [only] => (number(only)?, number(only)?),
            [start, end] => (number(start)?, number(end)?),
            _ => return Err(format!("too many hyphens: {text}")),
        };
        let step = match step {
            None => 1,
            Some(step) if step.contains('/') => return Err(format!("too many slashes: {text}")),
            Some(step) => {
                let step = number(step)?;
                // `N/step` goes on to the end.
                if parts.len() == 1 {
                    end = most;
                }
                step
            }
        };
        if start < least {
            Err(format!("beginning of range ({start}) below minimum ({least}): {text}"))
        } else if end > most {
            Err(format!("end of range ({end}) above maximum ({most}): {text}"))
        } else if start > end {
            Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"))
        } else if step == 0 {
            Err(format!("step of range should be a positive number: {text}"))
        } else {
            Ok(())
        }
    };
    judge().err()
}
