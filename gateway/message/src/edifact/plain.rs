//! An interchange as plain segments, whatever they mean: for programs that read our answers.

use super::flaw::tag_text;
use super::level::Level;
use super::marks;
use super::segments::Cutting;

/// A segment of an interchange, whatever it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainSegment {
    /// Three letters.
    pub tag: String,
    /// Elements with their components, of the first repetition.
    elements: Vec<Vec<String>>,
}

impl PlainSegment {
    /// A component, both counted from 1; empty when it is not there.
    pub fn text(&self, element: usize, component: usize) -> &str {
        let index = component.checked_sub(1);
        index.and_then(|index| self.element(element).get(index)).map(String::as_str).unwrap_or_default()
    }

    /// The components of an element, counted from 1.
    pub fn element(&self, element: usize) -> &[String] {
        let index = element.checked_sub(1);
        index.and_then(|index| self.elements.get(index)).map(Vec::as_slice).unwrap_or_default()
    }
}

/// An interchange as plain segments, for programs that read answers; `None` when it is none.
pub fn segments(body: &[u8]) -> Option<Vec<PlainSegment>> {
    let opening = marks::opening(body).ok()?;
    let level = Level::of(&opening.level, opening.version)?;
    let text = level.decode(body.into(), usize::MAX).ok()?;
    let (segments, None) = Cutting::of(opening.marks, level).cut(&text, opening.at) else { return None };
    let plain = segments.list.iter().map(|segment| {
        let mut elements: Vec<Vec<String>> = Vec::new();
        for value in segments.values(segment).iter().filter(|value| value.repetition == 1) {
            let (element, component) = (usize::from(value.element), usize::from(value.component));
            elements.resize(element.max(elements.len()), Vec::new());
            if let Some(components) = elements.get_mut(element - 1) {
                components.resize(component.max(components.len()), String::new());
                if let Some(text) = components.last_mut() {
                    *text = segments.text_of(value).into_owned();
                }
            }
        }
        PlainSegment { tag: tag_text(&segment.tag).to_owned(), elements }
    });
    Some(plain.collect())
}
