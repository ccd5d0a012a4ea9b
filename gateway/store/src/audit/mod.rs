//! Recomputing the invariants that the store alone can judge, from one snapshot of all of it.
//!
//! What needs keys, rules or messages is asked of a [`Judge`], row by row, within the same snapshot.

pub(crate) mod chain;
pub(crate) mod numbers;
#[cfg(test)]
mod tests;

use crate::Store;
use crate::connection::on;
use crate::declarations::{ApprovalRow, StoredApproval};
use crate::error::StoreError;
use crate::packed::Packed;
use crate::sql::{Sql, statements};
use chain::audit_chain;
use numbers::audit_numbers;

statements! {
    BROKEN_BALANCES = "with line as (select credit_account as account_id, amount_kurus as kurus from transfer
            union all select debit_account, -amount_kurus from transfer),
        total as (select account_id, sum(kurus) as kurus from line group by account_id)
        select account.id, account.firm, account.secretariat, account.balance_kurus,
            cast(coalesce(total.kurus, 0) as bigint) as lines
        from account left join total on total.account_id = account.id
        where account.kind = 'current' order by account.id";
    SUM_OF_LINES = "select cast(coalesce(sum(lines), 0) as bigint) from (
        select amount_kurus as lines from transfer join account on account.id = credit_account
        union all select -amount_kurus as lines from transfer join account on account.id = debit_account) as both_sides";
    UNMATCHED_STATES = "select declaration.id, declaration.reference, declaration.state, count(approval.code) as approvals
        from declaration left join approval on approval.declaration_id = declaration.id
        group by declaration.id, declaration.reference, declaration.state, declaration.version
        having (declaration.state in ('approved', 'registered')
                and coalesce(max(approval.version), 0) <> declaration.version)
            or (declaration.state in ('waiting_payment', 'at_desk') and count(approval.code) <> 0)
            or coalesce(max(approval.version), 0) > declaration.version";
    UNPOSTED_FEES = "with posted as (select declaration_id, debit_account, sum(amount_kurus) as kurus
            from transfer where kind = 'fee' group by declaration_id, debit_account)
        select approval.code, approval.fee_kurus, cast(coalesce(posted.kurus, 0) as bigint) as posted
        from approval left join posted on posted.declaration_id = approval.declaration_id
            and posted.debit_account = approval.account_id
        where approval.fee_kurus <> coalesce(posted.kurus, 0)
            and not exists (select 1 from approval other where other.declaration_id = approval.declaration_id
                and other.version <> approval.version)";
    UNSETTLED_CORRECTIONS = "with posted as (select declaration_id, sum(case kind when 'reduction' then -amount_kurus
                else amount_kurus end) as kurus
            from transfer where kind in ('fee', 'charge', 'reduction') group by declaration_id)
        select approval.code || ': fee ' || approval.fee_kurus || ' kuruş, posted ' || coalesce(posted.kurus, 0)
        from approval left join posted on posted.declaration_id = approval.declaration_id
        where approval.fee_kurus <> coalesce(posted.kurus, 0)
            and exists (select 1 from approval other where other.declaration_id = approval.declaration_id
                and other.version < approval.version)
            and not exists (select 1 from approval other where other.declaration_id = approval.declaration_id
                and other.version > approval.version)";
    REFUNDS_ABOVE_FEES = "select 'declaration ' || refund.declaration_id || ': ' || sum(refund.amount_kurus) || ' kuruş'
        from refund group by refund.declaration_id
        having sum(refund.amount_kurus) > (select approval.fee_kurus from approval
            where approval.declaration_id = refund.declaration_id order by approval.version desc limit 1)";
    REFUNDS_WITHOUT_TRANSFERS = "select 'refund ' || refund.id from refund left join transfer
            on transfer.id = refund.transfer_id and transfer.kind = 'refund'
            and transfer.amount_kurus = refund.amount_kurus and transfer.declaration_id = refund.declaration_id
        where transfer.id is null
        union all select 'transfer ' || transfer.id from transfer left join refund on refund.transfer_id = transfer.id
        where transfer.kind = 'refund' and refund.id is null";
    CODES_TWICE = "select code from approval group by code having count(distinct declaration_id) > 1";
    REGISTRATIONS_APART = "select 'declaration ' || declaration.id from declaration left join registration
            on registration.declaration_id = declaration.id and registration.ended_at is null
        where coalesce(declaration.registration_no, '') <> coalesce(registration.registration_no, '')
            or (declaration.state = 'registered' and registration.registration_no is null)";
    CARDS_APART = "select 'order ' || card_order.order_no from card_order
        where state = 'paid' and (select count(*) from transfer
            join account paid on paid.id = transfer.credit_account and paid.kind = 'current'
                and paid.firm = card_order.firm and paid.secretariat = card_order.secretariat
            where transfer.reference = 'CARD-' || card_order.order_no and transfer.kind = 'deposit'
                and transfer.amount_kurus = card_order.amount_kurus) <> 1
        union all select 'transfer ' || transfer.id from transfer
            left join card_order on transfer.reference = 'CARD-' || card_order.order_no and card_order.state = 'paid'
        where transfer.kind = 'deposit' and transfer.reference like 'CARD-%' and card_order.id is null";
    FEED_GAPS = "select distinct firm from (select firm, position, lag(position) over (partition by firm order by position)
                as before from feed) as entry
        where position <> coalesce(before, 0) + 1 and not exists (select 1 from left_out where kind = 'feed'
            and owner in (firm, '') and first_number = coalesce(before, 0) + 1 and last_number = position - 1)";
    RECEIPT_GAPS = "select distinct secretariat || '-' || year from (select secretariat, year, number,
                lag(number) over (partition by secretariat, year order by number) as before from receipt) as entry
        where number <> coalesce(before, 0) + 1 and not exists (select 1 from left_out where kind = 'receipt'
            and owner = secretariat || '-' || year
            and first_number = coalesce(before, 0) + 1 and last_number = number - 1)";
    LINE_GAPS = "select 'account ' || account_id || ' at line ' || number from (select account_id, number, amount_kurus,
                balance_kurus, lag(number) over (partition by account_id order by number) as before,
                lag(balance_kurus) over (partition by account_id order by number) as held from account_line) as line
        where balance_kurus <> coalesce(held, 0) + amount_kurus
            or (number <> coalesce(before, 0) + 1 and not exists (select 1 from left_out where kind = 'line'
                and owner = cast(account_id as text)
                and first_number = coalesce(before, 0) + 1 and last_number = number - 1))";
    LINES_APART = "select account.secretariat || '-' || account.firm from account
        where account.kind = 'current'
            and (select position from sequencer where name = 'feed')
                = (select coalesce(max(first_position + events), 1) - 1 from audit_block)
            and not exists (select 1 from event_unchained)
            and account.balance_kurus <> coalesce((select balance_kurus from account_line
                where account_line.account_id = account.id order by number desc limit 1), 0)";
    FEES_WITHOUT_APPROVAL = "select transfer.id from transfer left join approval
            on approval.declaration_id = transfer.declaration_id and approval.account_id = transfer.debit_account
        where transfer.kind = 'fee' and approval.code is null";
    VERSION_GAPS = "select declaration.id, declaration.reference from declaration
        where declaration.version <> (select count(*) from declaration_version
            where declaration_version.declaration_id = declaration.id)";
    ROWS_OF_NOBODY = "select 'approval ' || approval.code from approval
            left join declaration_version v on v.declaration_id = approval.declaration_id and v.version = approval.version
            where v.declaration_id is null
        union all select 'version ' || v.version || ' of ' || v.declaration_id from declaration_version v
            left join declaration on declaration.id = v.declaration_id where declaration.id is null";
    AUDITED_APPROVALS = "select declaration.id, declaration.declarant, declaration.exporter, v.content,
            v.dictionary as content_dictionary, v.digest, declaration.reference, declaration.secretariat,
            approval.version, code, collision, record_no, kind,
            approved_at, valid_until, fee_kurus, fob_try_kurus, balance_kurus, detail, approval.dictionary, notices, renderer,
            answer_digest, tables_version, parties_version
        from approval join declaration on declaration.id = approval.declaration_id
        join declaration_version v on v.declaration_id = approval.declaration_id and v.version = approval.version
        where (approval.declaration_id, approval.version) > ($1, $2)
        order by approval.declaration_id, approval.version limit $3";
    RECORD_NUMBERS_TWICE = "select record_no from approval group by record_no having count(distinct declaration_id) > 1";
}

/// Statements that give what breaks an invariant, each row in words.
const FOUND: &[(&str, &Sql)] = &[
    ("record numbers are unique", &RECORD_NUMBERS_TWICE),
    ("rows belong to rows that stand", &ROWS_OF_NOBODY),
    ("every code is of one declaration", &CODES_TWICE),
    ("what a correction charged or returned is posted", &UNSETTLED_CORRECTIONS),
    ("no more is refunded than was paid", &REFUNDS_ABOVE_FEES),
    ("every refund is posted", &REFUNDS_WITHOUT_TRANSFERS),
    ("registrations are those of their declarations", &REGISTRATIONS_APART),
    ("what was paid by card is deposited once", &CARDS_APART),
    ("feeds are gapless", &FEED_GAPS),
    ("receipts are gapless", &RECEIPT_GAPS),
    ("statements add up", &LINE_GAPS),
    ("statements end with the balance", &LINES_APART),
];

/// Rows read at a time, so that memory stays small on a large store.
const PAGE: i64 = 1_000;

/// An approval with all that its answer, code and price can be proved from.
#[derive(Debug)]
pub struct AuditedApproval {
    /// Declarant's tax number.
    pub declarant: String,
    /// Exporter's tax number.
    pub exporter: String,
    /// The approved content.
    pub content: String,
    /// Its digest.
    pub digest: Vec<u8>,
    /// The approval.
    pub stored: StoredApproval,
}

/// Judges what the store cannot: keys, rules, messages.
pub trait Judge: Sync {
    /// Everything that is wrong with an approval, in words.
    fn approval(&self, approval: &AuditedApproval) -> Vec<String>;
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Name of the invariant.
    pub invariant: &'static str,
    /// What was found.
    pub found: String,
}

/// What an audit saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Current accounts looked at.
    pub accounts: u64,
    /// Approvals looked at.
    pub approvals: u64,
    /// Events looked at.
    pub events: u64,
    /// Approvals whose codes the key ring cannot prove, because their keys are lost.
    pub unproved: u64,
    /// Every broken invariant.
    pub broken: Vec<Broken>,
}

#[derive(sqlx::FromRow)]
struct AuditedRow {
    id: i64,
    declarant: String,
    exporter: String,
    content: Vec<u8>,
    content_dictionary: i64,
    digest: Vec<u8>,
    #[sqlx(flatten)]
    approval: ApprovalRow,
}

impl Store {
    /// Recomputes every invariant from one snapshot. Works beside a running server.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit(&self, judge: &dyn Judge) -> Result<AuditReport, StoreError> {
        let mut report = AuditReport::default();
        on!(self, store => {
            let mut tx = store.snapshot().await?;
            let mut broken = |invariant, found: String| report.broken.push(Broken { invariant, found });

            let sum: i64 = sqlx::query_scalar(store.text(&SUM_OF_LINES)).fetch_one(&mut *tx).await?;
            if sum != 0 {
                broken("ledger lines sum to zero", format!("the sum is {sum} kuruş"));
            }
            let rows: Vec<(i64, String, String, i64, i64)> =
                sqlx::query_as(store.text(&BROKEN_BALANCES)).fetch_all(&mut *tx).await?;
            report.accounts = rows.len() as u64;
            for (_, firm, secretariat, balance, lines) in rows {
                if balance != lines || balance < 0 {
                    let found = format!("account {secretariat}-{firm} says {balance} kuruş, its lines {lines}");
                    broken("balances equal their lines and are not below zero", found);
                }
            }
            let rows: Vec<(i64, String, String, i64)> =
                sqlx::query_as(store.text(&UNMATCHED_STATES)).fetch_all(&mut *tx).await?;
            for (id, _, state, approvals) in rows {
                broken("every approved declaration has one code", format!("declaration {id} is {state} with {approvals} codes"));
            }
            let rows: Vec<(String, i64, i64)> = sqlx::query_as(store.text(&UNPOSTED_FEES)).fetch_all(&mut *tx).await?;
            for (code, fee, posted) in rows {
                broken("every approval has one posted fee or is free", format!("code {code}: fee {fee} kuruş, posted {posted}"));
            }
            let rows: Vec<i64> = sqlx::query_scalar(store.text(&FEES_WITHOUT_APPROVAL)).fetch_all(&mut *tx).await?;
            for id in rows {
                broken("no debit without a code", format!("transfer {id}"));
            }
            let rows: Vec<(i64, String)> = sqlx::query_as(store.text(&VERSION_GAPS)).fetch_all(&mut *tx).await?;
            for (id, _) in rows {
                broken("versions are whole", format!("declaration {id}"));
            }
            for (invariant, statement) in FOUND {
                let rows: Vec<String> = sqlx::query_scalar(store.text(statement)).fetch_all(&mut *tx).await?;
                for found in rows {
                    broken(invariant, found);
                }
            }

            let mut after = (i64::MIN, 0);
            loop {
                let rows: Vec<AuditedRow> = sqlx::query_as(store.text(&AUDITED_APPROVALS)).bind(after.0).bind(after.1)
                    .bind(PAGE)
                    .fetch_all(&mut *tx).await?;
                let Some(last) = rows.last() else { break };
                after = (last.id, last.approval.version);
                for row in rows {
                    report.approvals += 1;
                    let code = row.approval.code.clone();
                    let found = match row.approval.into_stored() {
                        Ok(stored) => match (Packed { bytes: row.content, dictionary: row.content_dictionary })
                            .text("declaration_version", "content")
                        {
                            Ok(content) => judge.approval(&AuditedApproval {
                                declarant: row.declarant, exporter: row.exporter, content, digest: row.digest, stored,
                            }),
                            Err(error) => vec![error.to_string()],
                        },
                        Err(error) => vec![error.to_string()],
                    };
                    for found in found {
                        broken("approvals can be proved", format!("code {code}: {found}"));
                    }
                }
            }

            report.events = audit_chain!(store, tx, broken);
            audit_numbers!(store, tx, broken);
            tx.commit().await?;
        });
        Ok(report)
    }
}
