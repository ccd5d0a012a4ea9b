//! Customs registers a declaration with its code: first use wins, and both sides learn of a second presentation.

use crate::connection::{on, read, retrying};
use crate::declarations::{STATE_FOR_UPDATE_BY_ID, instant, parse_state};
use crate::error::StoreError;
use crate::events::{EventRow, overtaken, save_events};
use crate::reconciliations::SETTLE_NEVER_REGISTERED;
use crate::rules::day;
use crate::sql::statements;
use crate::{Ids, Store};
use ebirlik_domain::state::{Move, State};
use ebirlik_domain::time::{Clock, day_of};
use jiff::Timestamp;
use jiff::civil::Date;

statements! {
    REGISTRATION = "select registration_no, declaration_id, code, registered_at, exited_at, ended_at
        from registration where registration_no = $1";
    SAVE_REGISTRATION = "insert into registration (registration_no, declaration_id, code, registered_at, registered_by)
        values ($1, $2, $3, $4, $5)";
    EXIT = "update registration set exited_at = $2 where declaration_id = $1 and exited_at is null and ended_at is null";
    EXITED = "select min(exited_at) from registration where declaration_id = $1";
    SET_REGISTERED = "update declaration set state = $2, registration_no = $3 where id = $1";
    @differ
    CODE_FOR_UPDATE = sqlite "select declaration.id, declaration.reference, declaration.exporter, declaration.state,
        declaration.registration_no, declaration.ended_at, approval.valid_until, approval.version,
        declaration.version as stands from approval join declaration on declaration.id = approval.declaration_id
        where code = $1 order by kept desc limit 1"
        postgres "select declaration.id, declaration.reference, declaration.exporter, declaration.state,
        declaration.registration_no, declaration.ended_at, approval.valid_until, approval.version,
        declaration.version as stands from approval join declaration on declaration.id = approval.declaration_id
        where code = $1 order by kept desc limit 1 for update of declaration";
}

/// What customs presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// The code, bare.
    pub code: String,
    /// The number that customs gave.
    pub registration_no: String,
    /// The declarant's reference.
    pub reference: String,
    /// Tax number of the exporter.
    pub exporter: String,
    /// User code of customs' program or officer.
    pub by: String,
    /// Of those who present a code that is not theirs: their own declaration, if we know it.
    pub presenter: Option<i64>,
    /// And otherwise the exporter, if it is in our register.
    pub presenting_firm: Option<String>,
}

/// What became of a presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// Bound, now or by the same presentation before.
    Done {
        /// When it was bound.
        at: Timestamp,
    },
    /// We never issued the code.
    NotIssued,
    /// A correction gave the declaration another code.
    Superseded,
    /// The declaration was withdrawn or cancelled.
    Ended {
        /// Which of the two.
        state: State,
        /// When.
        at: Option<Timestamp>,
    },
    /// Its last day has passed.
    Expired(Date),
    /// The code is of another declaration. Both sides have their event.
    OtherDeclaration {
        /// It is bound to a registration already.
        used: bool,
    },
    /// This declaration was registered under another number.
    UsedAs(String),
    /// The number stands for another declaration.
    NumberTaken,
}

/// A registration as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The number that customs gave.
    pub registration_no: String,
    /// The store's number of the declaration.
    pub declaration: i64,
    /// The code that was presented.
    pub code: String,
    /// When.
    pub registered_at: Timestamp,
    /// When the goods left.
    pub exited_at: Option<Timestamp>,
    /// When the number gave way to another one.
    pub ended_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct CodeRow {
    id: i64,
    reference: String,
    exporter: String,
    state: String,
    registration_no: Option<String>,
    ended_at: Option<i64>,
    valid_until: Option<String>,
    version: i64,
    stands: i64,
}

#[derive(sqlx::FromRow)]
struct RegistrationRow {
    registration_no: String,
    declaration_id: i64,
    code: String,
    registered_at: i64,
    exited_at: Option<i64>,
    ended_at: Option<i64>,
}

/// What a presentation comes to, before anything is written.
enum Judged {
    Answer(Bound),
    /// To be written.
    Bind,
    /// Both sides are to be told.
    SecondPresentation {
        used: bool,
    },
}

impl Store {
    /// Binds a code and customs' number, once.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn bind_registration(
        &self,
        presented: &Presented,
        ids: &Ids,
        clock: &dyn Clock,
    ) -> Result<Bound, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let mut row: Option<CodeRow> = None;
                // The first time locks; the second reads what whoever we waited for has left.
                for _ in 0..2 {
                    row = sqlx::query_as(store.text(&CODE_FOR_UPDATE)).bind(&presented.code).fetch_optional(&mut *tx).await?;
                }
                let Some(row) = row else { return Ok(Bound::NotIssued) };
                let number: Option<RegistrationRow> = sqlx::query_as(store.text(&REGISTRATION))
                    .bind(&presented.registration_no).fetch_optional(&mut *tx).await?;
                // Read after the row is locked: whoever we waited for comes first.
                let now = clock.now();
                let (bound, events) = match judge(&row, number, presented, now)? {
                    Judged::Answer(bound) => return Ok(bound),
                    Judged::SecondPresentation { used } => {
                        (Bound::OtherDeclaration { used }, second_presentation(&row, presented, ids, now))
                    }
                    Judged::Bind => {
                        sqlx::query(store.text(&SAVE_REGISTRATION)).bind(&presented.registration_no).bind(row.id)
                            .bind(&presented.code).bind(now.as_microsecond()).bind(&presented.by)
                            .execute(&mut *tx).await.map_err(|error| overtaken(error.into()))?;
                        sqlx::query(store.text(&SET_REGISTERED)).bind(row.id).bind(State::Registered.as_str())
                            .bind(&presented.registration_no).execute(&mut *tx).await?;
                        let body = serde_json::json!({
                            "registration_no": presented.registration_no, "code": presented.code, "by": presented.by,
                        });
                        let event = EventRow::new(ids.next(now), "customs.registered", Some(row.id), None, now, &body);
                        // What was missing until now is there.
                        sqlx::query(store.text(&SETTLE_NEVER_REGISTERED)).bind(row.id).bind(now.as_microsecond())
                            .execute(&mut *tx).await?;
                        (Bound::Done { at: now }, vec![event])
                    }
                };
                save_events!(store, tx, &events);
                tx.commit().await.map_err(|error| overtaken(error.into()))?;
                Ok(bound)
            })
        })
        .await
    }

    /// A registration by its number.
    ///
    /// # Errors
    /// When the database cannot answer.
    pub async fn find_registration(&self, registration_no: &str) -> Result<Option<Registration>, StoreError> {
        let row: Option<RegistrationRow> = read!(self, store => sqlx::query_as(store.text(&REGISTRATION))
            .bind(registration_no).fetch_optional(store.readers()))?;
        row.map(RegistrationRow::into_registration).transpose()
    }

    /// The goods of a registration have left; the first time counts, whichever of its declaration's numbers it is told
    /// under. `None` when there is no such registration.
    ///
    /// # Errors
    /// When the database cannot take it.
    pub async fn note_exit(
        &self,
        registration_no: &str,
        by: &str,
        ids: &Ids,
        now: Timestamp,
    ) -> Result<Option<Registration>, StoreError> {
        retrying(async || {
            on!(self, store => {
                let mut tx = store.begin().await?;
                let row: Option<RegistrationRow> = sqlx::query_as(store.text(&REGISTRATION)).bind(registration_no)
                    .fetch_optional(&mut *tx).await?;
                let Some(mut row) = row else { return Ok(None) };
                // Whoever binds it to another number meanwhile comes before or after.
                let _: String = sqlx::query_scalar(store.text(&STATE_FOR_UPDATE_BY_ID)).bind(row.declaration_id)
                    .fetch_one(&mut *tx).await?;
                let left = sqlx::query(store.text(&EXIT)).bind(row.declaration_id).bind(now.as_microsecond())
                    .execute(&mut *tx).await?;
                row.exited_at = sqlx::query_scalar(store.text(&EXITED)).bind(row.declaration_id)
                    .fetch_one(&mut *tx).await?;
                if left.rows_affected() == 1 {
                    let body = serde_json::json!({ "registration_no": registration_no, "by": by });
                    let event = EventRow::new(ids.next(now), "customs.exited", Some(row.declaration_id), None, now, &body);
                    save_events!(store, tx, &[event]);
                    tx.commit().await.map_err(|error| overtaken(error.into()))?;
                }
                Ok(Some(row.into_registration()?))
            })
        })
        .await
    }
}

fn judge(
    row: &CodeRow,
    number: Option<RegistrationRow>,
    presented: &Presented,
    now: Timestamp,
) -> Result<Judged, StoreError> {
    let state = parse_state(&row.state)?;
    if row.reference != presented.reference || row.exporter != presented.exporter {
        return Ok(Judged::SecondPresentation { used: state == State::Registered });
    }
    if let Some(number) = number {
        let same = number.declaration_id == row.id && number.ended_at.is_none();
        let at = instant("registration", "registered_at", number.registered_at)?;
        return Ok(Judged::Answer(if same { Bound::Done { at } } else { Bound::NumberTaken }));
    }
    if matches!(state, State::Withdrawn | State::Cancelled) {
        let at = row.ended_at.map(|micros| instant("declaration", "ended_at", micros)).transpose()?;
        return Ok(Judged::Answer(Bound::Ended { state, at }));
    }
    if let Some(registration_no) = row.registration_no.clone().filter(|_| state == State::Registered) {
        return Ok(Judged::Answer(Bound::UsedAs(registration_no)));
    }
    if row.version < row.stands || state.after(Move::Register).is_none() {
        return Ok(Judged::Answer(Bound::Superseded));
    }
    if let Some(last) = &row.valid_until {
        let last = day("approval", "valid_until", last)?;
        if last < day_of(now) {
            return Ok(Judged::Answer(Bound::Expired(last)));
        }
    }
    Ok(Judged::Bind)
}

/// What both sides are told of a code that was presented with another declaration. Neither learns who the other is.
fn second_presentation(row: &CodeRow, presented: &Presented, ids: &Ids, now: Timestamp) -> Vec<EventRow> {
    const KIND: &str = "customs.second_presentation";
    let owner = serde_json::json!({
        "side": "owner", "code": presented.code, "office": presented.registration_no.get(2..8), "by": presented.by,
    });
    let mut events = vec![EventRow::new(ids.next(now), KIND, Some(row.id), None, now, &owner)];
    let firms: Vec<&str> = presented.presenting_firm.iter().map(String::as_str).collect();
    if presented.presenter.is_some() || !firms.is_empty() {
        let told = serde_json::json!({
            "side": "presenter", "code": presented.code, "registration_no": presented.registration_no,
            "reference": presented.reference, "firms": firms, "by": presented.by,
        });
        events.push(EventRow::new(ids.next(now), KIND, presented.presenter, None, now, &told));
    }
    events
}

impl RegistrationRow {
    fn into_registration(self) -> Result<Registration, StoreError> {
        let at = |column, micros| instant("registration", column, micros);
        Ok(Registration {
            registered_at: at("registered_at", self.registered_at)?,
            exited_at: self.exited_at.map(|micros| at("exited_at", micros)).transpose()?,
            ended_at: self.ended_at.map(|micros| at("ended_at", micros)).transpose()?,
            registration_no: self.registration_no,
            declaration: self.declaration_id,
            code: self.code,
        })
    }
}
