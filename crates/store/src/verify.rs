//! What must never be found in the database, as questions whose every answer is a violation.

use sqlx::FromRow;

use crate::{Query, Result, Statement, args, sql};

/// One question: which rule of the design it checks, in words, and the statement that finds offenders.
pub struct Question {
    pub rule: &'static str,
    pub statement: &'static Statement,
}

/// An offender and what is wrong with it.
#[derive(Debug, FromRow)]
pub struct Offender {
    pub subject: String,
}

/// Every question that SQL alone can answer.
pub fn questions() -> Vec<Question> {
    vec![
        Question {
            rule: "1: a delivery of a known account was unpacked, failed visibly, or has its job",
            statement: sql!(
                pg: "SELECT d.id::text AS subject FROM delivery_in d WHERE d.state = 'stored'
                     AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = 'unpack' AND j.payload->>'delivery' = d.id::text) LIMIT 20",
                sqlite: "SELECT lower(hex(d.id)) AS subject FROM delivery_in d WHERE d.state = 'stored'
                     AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = 'unpack' AND replace(j.payload->>'delivery', '-', '') = lower(hex(d.id))) LIMIT 20"
            ),
        },
        Question {
            rule: "1: an inbound event became a message, was set aside, or has its job",
            statement: sql!(
                pg: "SELECT i.id::text AS subject FROM inbound i WHERE (i.state = 'received' AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = i.message_id))
                     OR (i.state = 'pending' AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind IN ('receive', 'receive_mail') AND j.payload->>'inbound' = i.id::text)) LIMIT 20",
                sqlite: "SELECT lower(hex(i.id)) AS subject FROM inbound i WHERE (i.state = 'received' AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = i.message_id))
                     OR (i.state = 'pending' AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind IN ('receive', 'receive_mail') AND replace(j.payload->>'inbound', '-', '') = lower(hex(i.id)))) LIMIT 20"
            ),
        },
        Question {
            rule: "1: parts of an SMS that wait for the others have the job that ends the waiting",
            statement: sql!(
                pg: "SELECT g.id::text AS subject FROM sms_group g WHERE g.closed_at IS NULL
                     AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = 'sms_incomplete' AND j.payload->>'group' = g.id::text) LIMIT 20",
                sqlite: "SELECT lower(hex(g.id)) AS subject FROM sms_group g WHERE g.closed_at IS NULL
                     AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = 'sms_incomplete' AND replace(j.payload->>'group', '-', '') = lower(hex(g.id))) LIMIT 20"
            ),
        },
        Question {
            rule: "2: no two messages come from one inbound event",
            statement: sql!(
                "SELECT external_id AS subject FROM inbound WHERE message_id IS NOT NULL GROUP BY message_id, external_id HAVING count(*) > 1 LIMIT 20"
            ),
        },
        Question {
            rule: "3: a case has at least one event and its numbers have no gap",
            statement: sql!(
                "SELECT c.code AS subject FROM cases c WHERE (SELECT count(*) FROM case_event e WHERE e.case_id = c.id) = 0
                 OR (SELECT count(*) FROM case_event e WHERE e.case_id = c.id) <> (SELECT max(seq) FROM case_event e WHERE e.case_id = c.id) LIMIT 20"
            ),
        },
        Question {
            rule: "4: a message whose send was begun is not offered for sending again",
            statement: sql!(
                "SELECT m.recipient AS subject FROM message m WHERE m.direction = 'out' AND m.recipient IS NOT NULL AND m.state NOT IN
                 ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown', 'suppressed', 'shown') LIMIT 20"
            ),
        },
        Question {
            rule: "7: nothing of a sealed case is published",
            statement: sql!(
                "SELECT c.code AS subject FROM publication p JOIN cases c ON c.id = p.case_id WHERE c.sealed AND p.unpublished_at IS NULL LIMIT 20"
            ),
        },
        Question {
            rule: "8: nobody approves what he drafted, except on the field track",
            statement: sql!(
                "SELECT c.code AS subject FROM answer a JOIN cases c ON c.id = a.case_id
                 WHERE a.decision = 'sent' AND a.decided_by = a.drafted_by AND (c.track IS NULL OR c.track <> 'HT') LIMIT 20"
            ),
        },
        Question {
            rule: "an answered case has its answer among its messages",
            statement: sql!(
                "SELECT c.code AS subject FROM cases c WHERE c.stage = 'answered'
                 AND NOT EXISTS (SELECT 1 FROM case_message t JOIN message m ON m.id = t.message_id WHERE t.case_id = c.id AND m.kind = 'answer') LIMIT 20"
            ),
        },
    ]
}

/// Runs one question.
pub async fn ask(q: &mut impl Query, question: &Question) -> Result<Vec<Offender>> {
    q.all(question.statement, args![]).await
}
