//! Recomputing the invariants that the store alone can judge, from one snapshot of all of it.
//!
//! What needs keys, rules or messages is asked of a [`Judge`], row by row, within the same snapshot.

pub(crate) mod chain;
#[cfg(test)]
mod tests;

use crate::Store;
use crate::connection::on;
use crate::declarations::{ApprovalRow, StoredApproval};
use crate::error::StoreError;
use crate::packed::Packed;
use crate::sql::statements;
use chain::audit_chain;

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
        group by declaration.id, declaration.reference, declaration.state
        having (declaration.state in ('approved', 'registered') and count(approval.code) <> 1)
            or (declaration.state in ('waiting_payment', 'at_desk') and count(approval.code) <> 0)
            or count(approval.code) > 1";
    UNPOSTED_FEES = "with posted as (select declaration_id, debit_account, sum(amount_kurus) as kurus
            from transfer where kind = 'fee' group by declaration_id, debit_account)
        select approval.code, approval.fee_kurus, cast(coalesce(posted.kurus, 0) as bigint) as posted
        from approval left join posted on posted.declaration_id = approval.declaration_id
            and posted.debit_account = approval.account_id
        where approval.kind in ('CARI_HESAP', 'UCRETSIZ') and approval.fee_kurus <> coalesce(posted.kurus, 0)";
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
            answer_digest
        from approval join declaration on declaration.id = approval.declaration_id
        join declaration_version v on v.declaration_id = approval.declaration_id and v.version = approval.version
        where declaration.id > $1 order by declaration.id limit $2";
    RECORD_NUMBERS_TWICE = "select record_no from approval group by record_no having count(*) > 1";
}

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
            let rows: Vec<String> = sqlx::query_scalar(store.text(&RECORD_NUMBERS_TWICE)).fetch_all(&mut *tx).await?;
            for number in rows {
                broken("record numbers are unique", number);
            }
            let rows: Vec<(i64, String)> = sqlx::query_as(store.text(&VERSION_GAPS)).fetch_all(&mut *tx).await?;
            for (id, _) in rows {
                broken("versions are whole", format!("declaration {id}"));
            }
            let rows: Vec<String> = sqlx::query_scalar(store.text(&ROWS_OF_NOBODY)).fetch_all(&mut *tx).await?;
            for row in rows {
                broken("rows belong to rows that stand", row);
            }

            let mut after = i64::MIN;
            loop {
                let rows: Vec<AuditedRow> = sqlx::query_as(store.text(&AUDITED_APPROVALS)).bind(after).bind(PAGE)
                    .fetch_all(&mut *tx).await?;
                let Some(last) = rows.last() else { break };
                after = last.id;
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
            tx.commit().await?;
        });
        Ok(report)
    }
}
