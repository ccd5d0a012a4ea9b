//! The statements of the store, each under a name, so that a test can prepare all of them on both engines.

/// One statement: the same text on both engines, or a text for each.
pub(crate) struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// Declares statements. `NAME = "text";` serves both engines; after `@differ`, one text for each.
/// `ALL` lists them for the test that prepares every one.
macro_rules! statements {
    ($($name:ident = $both:expr;)* $(@differ $($other:ident = sqlite $lite:literal postgres $post:literal;)*)?) => {
        $(pub(crate) const $name: $crate::sql::Sql =
            $crate::sql::Sql { sqlite: $both, postgres: $both };)*
        $($(pub(crate) const $other: $crate::sql::Sql =
            $crate::sql::Sql { sqlite: $lite, postgres: $post };)*)?
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &$crate::sql::Sql)] =
            &[$((stringify!($name), &$name),)* $($((stringify!($other), &$other),)*)?];
    };
}
pub(crate) use statements;

/// Declares statements that one engine alone is asked. `ALL` lists them for the test that prepares every one.
macro_rules! texts {
    ($($name:ident = $text:literal;)*) => {
        $(pub(crate) const $name: &str = $text;)*
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name),)*];
    };
}
pub(crate) use texts;
