use super::*;

#[test]
fn thinking_is_shown_as_a_word_count() {
    let mut view = three_openings();
    let tail = |view: &View| strip_str(&view.live_lines(60).tail).to_string();
    assert_eq!(plain(view.on_thought(&thought(1, "Let me se"), 60)), [""; 0]);
    assert_eq!(tail(&view), "  [1] Ada │ thinking, 3 words");
    // A word in two pieces counts once.
    view.on_thought(&thought(1, "e what\nis new"), 60);
    assert_eq!(tail(&view), "  [1] Ada │ thinking, 6 words");
    assert_eq!(plain(view.on_delta(&delta(1, "I say"), 60)), ["  [1] Ada │ (thought, 6 words)"]);
    assert_eq!(tail(&view), "          │ I say");
    let whole = Thought { whole: true, ..thought(2, "One two.") };
    for _ in 0..2 {
        view.on_thought(&whole, 60);
    }
    view.on_delta(&delta(2, "Two."), 60);
    let ends = read(CONSENSUS).into_iter().filter(|r| r.event.kind() == "turn_ended").take(3);
    let lines: Vec<_> = ends.flat_map(|end| plain(view.on_event(&end, 60))).collect();
    let shown: Vec<_> = lines.iter().filter(|line| line.contains("(thought, ")).collect();
    assert_eq!(shown, ["   [2] Bo │ (thought, 2 words)"], "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("One two")), "{lines:#?}");
}

#[test]
fn characters_of_scripts_without_spaces_are_counted() {
    let mut view = three_openings();
    let tail = |view: &View| strip_str(&view.live_lines(60).tail).to_string();
    view.on_thought(&thought(1, "我们"), 60);
    view.on_thought(&thought(1, "应该 drink tea"), 60);
    assert_eq!(tail(&view), "  [1] Ada │ thinking, 6 words");
    view.on_thought(&thought(1, "です"), 60);
    assert_eq!(tail(&view), "  [1] Ada │ thinking, 8 words");
}

#[test]
fn full_thinking_is_shown_but_not_in_the_transcript() {
    let mut view = View {
        options: ViewOptions { thinking: true, ..ViewOptions::default() },
        ..three_openings()
    };
    let lines = view.on_thought(&thought(1, "Let me see what is new in the centre"), 31);
    assert!(lines[0].contains("\u{1b}[2mLet me see"), "dimmed: {lines:?}");
    assert_eq!(plain(lines), ["  [1] Ada │ Let me see what is"]);
    let lines = plain(view.on_delta(&delta(1, "I say"), 31));
    assert_eq!(lines, ["          │ new in the centre"]);
    assert_eq!(strip_str(&view.live_lines(31).tail).to_string(), "          │ I say");
    assert!(!view.transcript().to_markdown().contains("centre"));
}
