//! Shapes that are declared by hand.

use std::ops::RangeInclusive;

use super::{
    Field, Kind, RequestShape, TextRule,
    list::OneOrMany,
    object::Object,
    scalars::{Float, Integer, Text},
};

impl RequestShape {
    /// An object with these fields. Other keys are ignored.
    #[must_use]
    pub fn object(fields: impl IntoIterator<Item = Field>) -> Self {
        let others = Some(Box::new(Self(Kind::Any)));
        Self(Kind::Object(Object { fields: fields.into_iter().collect(), others }))
    }

    /// A text with at least one character that is not white space, and for which `rule` returns no
    /// error. The error becomes a `value_error`.
    #[must_use]
    pub fn text(rule: TextRule) -> Self {
        Self(Kind::Text(Text {
            fewest: 1,
            most: usize::MAX,
            blank_is_empty: true,
            pattern: None,
            rule: Some(rule),
        }))
    }

    /// A value of a shape, or a list of one to `most` of them, which messages call by the plural `noun`.
    /// After the check it is always a list.
    #[must_use]
    pub fn one_or_many(item: Self, most: usize, noun: &'static str) -> Self {
        Self(Kind::OneOrMany(OneOrMany { item: Box::new(item), most, noun }))
    }

    /// An integer within a range. Unlike that of a request type it is strict: texts and booleans are no
    /// numbers, though 7.0 is 7.
    #[must_use]
    pub fn strict_integer(range: RangeInclusive<u32>) -> Self {
        let (least, most) = ((*range.start()).into(), (*range.end()).into());
        Self(Kind::Integer(Integer { least, most, is_strict: true }))
    }

    /// A number within a range. Unlike that of a request type it is strict: texts and booleans are no
    /// numbers.
    #[must_use]
    pub fn strict_float(range: RangeInclusive<f64>) -> Self {
        let (least, most) = (Some(*range.start()), Some(*range.end()));
        Self(Kind::Float(Float { least, most, is_strict: true }))
    }
}

impl Field {
    /// A field that may be absent or null.
    #[must_use]
    pub fn optional(name: &str, shape: RequestShape) -> Self {
        let shape = RequestShape(Kind::Nullable(Box::new(shape)));
        Self { name: name.to_owned(), aliases: &[], required: false, shape }
    }

    /// A required field that may be sent under exactly one of several names. Null counts as absent. After
    /// the check it has the first name.
    #[must_use]
    pub fn required_as(name: &str, aliases: &'static [&'static str], shape: RequestShape) -> Self {
        Self { name: name.to_owned(), aliases, required: true, shape }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::Origin;

    fn lower(text: &str) -> Result<(), String> {
        if text.to_lowercase() == text { Ok(()) } else { Err("must be lower case".to_owned()) }
    }

    fn checked(mut value: Value) -> (Value, Value) {
        let shape = RequestShape::object([
            Field::required_as(
                "text",
                &["input"],
                RequestShape::one_or_many(RequestShape::text(lower), 2, "texts"),
            ),
            Field::optional("count", RequestShape::strict_integer(1..=9)),
            Field::optional("share", RequestShape::strict_float(0.0..=1.0)),
        ]);
        let problems = shape.check_field("order", &mut value, Origin::Body);
        (json!(problems), value)
    }

    #[test]
    fn a_declared_object_is_coerced_to_its_first_names() {
        let sent = json!({ "text": null, "input": "a", "count": 7.0, "share": null, "more": 1 });
        let expected = json!({ "count": 7, "share": null, "more": 1, "text": ["a"] });
        assert_eq!(checked(sent), (json!([]), expected));
    }

    #[test]
    fn strict_numbers_refuse_texts_and_booleans() {
        for (sent, kind) in [
            (json!({ "text": "a", "count": "7" }), "int_type"),
            (json!({ "text": "a", "count": true }), "int_type"),
            (json!({ "text": "a", "count": 1.5 }), "int_from_float"),
            (json!({ "text": "a", "count": 10 }), "less_than_equal"),
            (json!({ "text": "a", "share": "0.5" }), "float_type"),
            (json!({ "text": "a", "share": -1 }), "greater_than_equal"),
        ] {
            assert_eq!(checked(sent.clone()).0[0]["type"], kind, "{sent}");
        }
    }

    #[test]
    fn a_field_is_sent_under_one_of_its_names() {
        let both = json!({ "text": "a", "input": "b" });
        let problem = json!([{
            "type": "value_error",
            "loc": ["body", "order"],
            "msg": "Value error, give one of text, input, not text and input",
            "input": both,
            "ctx": { "error": {} },
        }]);
        assert_eq!(checked(both).0, problem);
        let missing = &checked(json!({ "count": 1 })).0[0];
        assert_eq!(missing["loc"], json!(["body", "order", "text"]));
        assert_eq!(
            (&missing["type"], &missing["input"]),
            (&json!("missing"), &json!({ "count": 1 }))
        );
    }

    #[test]
    fn each_item_of_a_list_is_checked_at_its_index() {
        let problems = checked(json!({ "input": [" ", "A"] })).0;
        let kinds: Vec<_> =
            (0..2).map(|at| (&problems[at]["type"], &problems[at]["loc"])).collect();
        let place = |index: usize| json!(["body", "order", "input", index]);
        assert_eq!(
            kinds,
            [(&json!("string_too_short"), &place(0)), (&json!("value_error"), &place(1))]
        );
        for sent in [json!([]), json!(["a", "b", "c"])] {
            let problems = checked(json!({ "input": sent })).0;
            assert_eq!(problems[0]["msg"], "Value error, give 1 to 2 texts");
            assert_eq!(problems[0]["input"], sent.as_array().unwrap().len());
        }
    }
}
