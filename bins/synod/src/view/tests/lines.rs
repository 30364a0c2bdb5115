use super::*;

#[test]
fn lines_fit_terminals_of_every_width() {
    for log in [CONSENSUS, MODERATED, HOSTILE] {
        for width in 24..120 {
            for line in shown(&read(log), width).lines() {
                assert!(display_width(line) < width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn statements_break_between_words_at_common_widths() {
    let words = "Ask qwen2.5-coder:7b-instruct, as https://example.org/a-b?c=d says: well-known \
                 facts, Straßenverkehrs-Ordnung and --require-consensus (도심을 폐쇄) count.";
    let spaceless = "センターは車に閉鎖すべきです。答えは「はい」。";
    let mut log = read(CONSENSUS);
    for recorded in &mut log {
        if let Event::TurnEnded(turn) = &mut recorded.event {
            std::sync::Arc::make_mut(turn).text = format!("{words} {words} {spaceless}").into();
        }
    }
    for width in [40, 80, 200] {
        let mut view = View::default();
        let lines: Vec<_> =
            log.iter().flat_map(|recorded| view.on_event(recorded, width)).collect();
        assert!(lines.iter().any(|line| line.contains('\u{1b}')), "there are colours");
        let lines: Vec<_> = lines.iter().map(|line| strip_str(line).to_string()).collect();
        assert!(lines.iter().all(|line| display_width(line) < width), "{width}: {lines:#?}");
        let text = |line: &String| line.split_once("│ ").map(|(_, text)| text.to_owned());
        let texts: Vec<_> = lines.iter().filter_map(text).collect();
        for word in words.split(' ') {
            // Only words wider than the column are broken.
            let fits = display_width(word) < width - 18;
            let is_whole = texts.iter().any(|line| line.split(' ').any(|shown| shown == word));
            assert!(is_whole || !fits, "{width}: {word} in {texts:#?}");
        }
        assert!(texts.concat().contains(spaceless), "{width}: {texts:#?}");
        let begins = |line: &String| line.starts_with(['。', '」', '、']);
        assert!(!texts.iter().any(begins), "{width}: {texts:#?}");
    }
}

/// The log with long model ids, as some servers list them.
fn with_long_models(log: &str) -> Vec<Recorded> {
    let mut log = read(log);
    for recorded in &mut log {
        let Event::DebateInitialized(setup) = &mut recorded.event else { continue };
        let participants = &mut std::sync::Arc::make_mut(setup).participants;
        for (index, profile) in participants.iter_mut().enumerate() {
            let id = format!("org/A-Model{index}-{}", "雪x".repeat(40));
            std::sync::Arc::make_mut(profile).model = id.parse().expect("an id");
        }
    }
    log
}

#[test]
fn long_models_omissions_and_failures_fit_every_width() {
    let mut log = with_long_models(CONSENSUS);
    for recorded in &mut log {
        if let Event::TurnEnded(turn) = &mut recorded.event {
            std::sync::Arc::make_mut(turn).meta.omitted = 4;
        }
        if let Event::BallotRecorded(ballot) = &mut recorded.event {
            let ballot = std::sync::Arc::make_mut(ballot);
            ballot.cause = Some(synod_domain::FailureCause::ModelError);
            ballot.meta.failure = Some(format!("gpu refused: {}", "x".repeat(100)).into());
        }
    }
    for width in 24..120 {
        let shown = shown(&log, width);
        for line in shown.lines() {
            assert!(display_width(line) < width, "{width}: {line}");
        }
        assert!(shown.contains("left") && shown.contains("Failures"), "{width}: {shown}");
        assert!(shown.contains("Speaker A") && shown.contains('…'), "{width}: {shown}");
    }
}
