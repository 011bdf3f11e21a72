//! The one permission table. Every door (page, list, count, search, suggestion, live push,
//! notice, attachment, export, metric label) asks it.
//!
//! A sealed case is seen only by its named receivers: to everybody else it has no row and no
//! count, and nobody finds it by search or in an export.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::agency::AgencyTree;
use crate::case::{CaseState, Role};
use crate::visibility::{Onlooker, Visibility};

codes! {
    /// What somebody wants to do with a case or with the program.
    pub enum Act {
        /// Have it in a list or a count, or be told that it changed.
        List = "list",
        Read = "read",
        /// See who the sender is (contact data still masked).
        ReadSender = "read_sender",
        /// Read the whole conversation, beyond the messages of the case.
        ReadConversation = "read_conversation",
        Attachment = "attachment",
        /// Write a private note.
        Note = "note",
        Screen = "screen",
        Route = "route",
        Assign = "assign",
        Answer = "answer",
        Approve = "approve",
        Publish = "publish",
        /// See contact data unmasked; an event with a reason.
        Unmask = "unmask",
        Search = "search",
        Export = "export",
        /// Take calls of a hotline: see who calls, the log, what is to be called back. Of the hotline's reception; no case
        /// needed.
        Call = "call",
        /// Hear the recording of a call.
        Listen = "listen",
        /// Add, rate, withdraw, reopen.
        WriteAsSender = "write_as_sender",
        /// Settings, channels, reference data, officers. No case needed.
        Administer = "administer",
    }
}

codes! {
    /// How far a right of the table goes.
    pub enum Reach {
        /// Cases that entered the reception of the agency of the role.
        Reception = "reception",
        /// Cases the agency leads.
        Lead = "lead",
        /// Cases the agency leads, joins in or received; all cases for the city's own office.
        Party = "party",
        /// Every case.
        City = "city",
        /// The case of the sender who asks.
        Own = "own",
    }
}

/// One row of the table: in this role, this act, this far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    pub role: Role,
    pub acts: &'static [Act],
    pub reach: Reach,
}

const SEE: &[Act] = &[Act::List, Act::Read, Act::ReadSender, Act::Attachment, Act::Search, Act::Note];

/// The table. What is not in it is not allowed; rights of several roles add up.
pub const RIGHTS: &[Right] = &[
    Right { role: Role::Operator, acts: SEE, reach: Reach::Reception },
    Right {
        role: Role::Operator,
        acts: &[Act::ReadConversation, Act::Screen, Act::Route, Act::Answer, Act::Unmask, Act::Call, Act::Listen],
        reach: Reach::Reception,
    },
    Right { role: Role::Coordinator, acts: SEE, reach: Reach::Party },
    Right { role: Role::Coordinator, acts: &[Act::Assign], reach: Reach::Lead },
    Right { role: Role::Handler, acts: SEE, reach: Reach::Party },
    Right { role: Role::Handler, acts: &[Act::Answer, Act::Unmask], reach: Reach::Lead },
    Right { role: Role::Leader, acts: SEE, reach: Reach::Party },
    Right { role: Role::Leader, acts: &[Act::Export], reach: Reach::Party },
    Right { role: Role::Leader, acts: &[Act::Assign, Act::Answer, Act::Approve, Act::Unmask, Act::Listen], reach: Reach::Lead },
    Right { role: Role::Publisher, acts: &[Act::List, Act::Read, Act::Attachment, Act::Search, Act::Publish], reach: Reach::Party },
    Right { role: Role::CityLeader, acts: SEE, reach: Reach::City },
    Right { role: Role::CityLeader, acts: &[Act::Route, Act::Export], reach: Reach::City },
    Right { role: Role::DataOfficer, acts: SEE, reach: Reach::Party },
    Right { role: Role::DataOfficer, acts: &[Act::ReadConversation, Act::Unmask, Act::Listen, Act::Export], reach: Reach::Party },
    Right { role: Role::Administrator, acts: &[Act::Administer], reach: Reach::City },
    Right { role: Role::Sender, acts: &[Act::Read, Act::ReadSender, Act::Attachment, Act::WriteAsSender], reach: Reach::Own },
];

/// Acts by which a sealed case would leave the hands of its receivers.
const NEVER_SEALED: &[Act] = &[Act::Search, Act::Export, Act::Publish];

/// Acts that naming somebody receiver of a sealed case gives by itself.
const RECEIVER: &[Act] = &[Act::List, Act::Read, Act::ReadSender, Act::Attachment, Act::Note];

/// Acts that find or show only what has been published, redacted, to everybody.
const PUBLIC: &[Act] = &[Act::List, Act::Read, Act::Search, Act::Export];

/// The facts of a case that permission depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts {
    pub responsible: Option<Uuid>,
    pub lead: Option<Uuid>,
    pub co: Vec<Uuid>,
    pub received_by: Uuid,
    pub sealed: bool,
    pub sealed_receivers: BTreeSet<Uuid>,
    pub visibility: Visibility,
    pub published: bool,
}

impl From<&CaseState> for CaseFacts {
    fn from(state: &CaseState) -> Self {
        Self {
            responsible: state.responsible_agency(),
            lead: state.lead,
            co: state.co_agencies.clone(),
            received_by: state.received_by,
            sealed: state.sealed,
            sealed_receivers: state.sealed_receivers.clone(),
            visibility: state.visibility,
            published: state.published_at.is_some(),
        }
    }
}

/// One role of an officer with the agencies it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Post {
    role: Role,
    agencies: BTreeSet<Uuid>,
    /// The role is held in the city's own office.
    in_city_office: bool,
}

/// An officer with the roles in force today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub officer: Uuid,
    posts: Vec<Post>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Viewer {
    Officer(Standing),
    /// Whoever proved to be the sender of the case in question.
    Sender,
    Public,
    /// The program itself: jobs, the judge. Never used to answer somebody's request.
    System,
}

impl Viewer {
    /// An officer with roles per agency. A leader's role covers the bodies below; `city` is the
    /// agency that holds the city's reception.
    pub fn officer(officer: Uuid, roles: &[(Role, Uuid)], tree: &AgencyTree, city: Uuid) -> Self {
        let posts = roles
            .iter()
            .map(|(role, agency)| {
                let mut agencies = BTreeSet::from([*agency]);
                if *role == Role::Leader {
                    agencies.extend(tree.with_descendants(*agency));
                }
                Post { role: *role, agencies, in_city_office: *agency == city }
            })
            .collect();
        Self::Officer(Standing { officer, posts })
    }

    /// Whether the table lets the viewer do this to the case.
    pub fn may(&self, act: Act, case: &CaseFacts) -> bool {
        if case.sealed && NEVER_SEALED.contains(&act) {
            return false;
        }
        match self {
            Self::System => act != Act::Administer,
            Self::Public => case.published && !case.sealed && PUBLIC.contains(&act),
            Self::Sender => rights(Role::Sender, act).next().is_some(),
            Self::Officer(standing) => standing.may(act, case),
        }
    }

    /// Whether the viewer may do something that concerns no case.
    pub fn may_administer(&self) -> bool {
        matches!(self, Self::Officer(standing)
            if standing.posts.iter().any(|post| rights(post.role, Act::Administer).next().is_some()))
    }

    /// The agencies in whose reception the viewer may do this, where no case is concerned.
    pub fn receptions(&self, act: Act) -> BTreeSet<Uuid> {
        let Self::Officer(standing) = self else { return BTreeSet::new() };
        let held = |post: &&Post| rights(post.role, act).any(|right| right.reach == Reach::Reception);
        standing.posts.iter().filter(held).flat_map(|post| post.agencies.iter().copied()).collect()
    }

    /// The cases on which the viewer may do this, for a WHERE clause or a search filter.
    /// [`Scope::contains`] and [`Viewer::may`] agree on every case, for the acts that list.
    pub fn scope(&self, act: Act) -> Scope {
        let sealed_allowed = !NEVER_SEALED.contains(&act);
        match self {
            Self::System => Scope { reach: ScopeReach::All, sealed: sealed_by(sealed_allowed) },
            Self::Public if PUBLIC.contains(&act) => Scope { reach: ScopeReach::Published, sealed: SealedScope::None },
            // A sender reaches the own case by its link, never through a list.
            Self::Public | Self::Sender => Scope::NOTHING,
            Self::Officer(standing) => standing.scope(act),
        }
    }
}

fn sealed_by(allowed: bool) -> SealedScope {
    if allowed { SealedScope::All } else { SealedScope::None }
}

fn rights(role: Role, act: Act) -> impl Iterator<Item = &'static Right> {
    RIGHTS.iter().filter(move |right| right.role == role && right.acts.contains(&act))
}

impl Standing {
    /// Roles the officer holds in an agency (or, for a leader, above it).
    pub fn roles_in(&self, agency: Uuid) -> Vec<Role> {
        let held = self.posts.iter().filter(|post| post.agencies.contains(&agency));
        held.map(|post| post.role).collect()
    }

    /// Every role the officer holds somewhere.
    pub fn roles(&self) -> BTreeSet<Role> {
        self.posts.iter().map(|post| post.role).collect()
    }

    fn may(&self, act: Act, case: &CaseFacts) -> bool {
        if case.sealed {
            return case.sealed_receivers.contains(&self.officer) && (RECEIVER.contains(&act) || self.reaches(act, case));
        }
        self.reaches(act, case)
    }

    fn reaches(&self, act: Act, case: &CaseFacts) -> bool {
        self.posts
            .iter()
            .any(|post| rights(post.role, act).any(|right| post.reaches(right.reach, case)) && post.sees_sender_if_asked(act, case))
    }

    fn scope(&self, act: Act) -> Scope {
        let mut party = BTreeSet::new();
        let mut lead = BTreeSet::new();
        let mut received = BTreeSet::new();
        let mut all = false;
        for post in &self.posts {
            for right in rights(post.role, act) {
                match right.reach {
                    Reach::City => all = true,
                    Reach::Party if post.in_city_office => all = true,
                    Reach::Party => party.extend(post.agencies.iter().copied()),
                    Reach::Lead => lead.extend(post.agencies.iter().copied()),
                    Reach::Reception => received.extend(post.agencies.iter().copied()),
                    Reach::Own => {}
                }
            }
        }
        let reach = if all {
            ScopeReach::All
        } else if party.is_empty() && lead.is_empty() && received.is_empty() {
            ScopeReach::Nothing
        } else {
            ScopeReach::Agencies { party, lead, received }
        };
        let sealed = if NEVER_SEALED.contains(&act) {
            SealedScope::None
        } else if RECEIVER.contains(&act) {
            SealedScope::Receiver(self.officer)
        } else {
            SealedScope::ReceiverInReach(self.officer)
        };
        Scope { reach, sealed }
    }
}

impl Post {
    fn reaches(&self, reach: Reach, case: &CaseFacts) -> bool {
        let holds = |agency: &Uuid| self.agencies.contains(agency);
        match reach {
            Reach::City => true,
            Reach::Reception => holds(&case.received_by),
            Reach::Lead => case.lead.as_ref().is_some_and(holds),
            Reach::Party => {
                self.in_city_office || holds(&case.received_by) || case.lead.as_ref().is_some_and(holds) || case.co.iter().any(holds)
            }
            Reach::Own => false,
        }
    }

    /// Where the sender is hidden only the reception that received the case knows who it is.
    fn sees_sender_if_asked(&self, act: Act, case: &CaseFacts) -> bool {
        if !matches!(act, Act::ReadSender | Act::Unmask | Act::ReadConversation | Act::Listen) {
            return true;
        }
        let reception = matches!(self.role, Role::Operator | Role::DataOfficer) && self.agencies.contains(&case.received_by);
        let onlooker = if reception { Onlooker::Reception } else { Onlooker::Agency };
        case.visibility.sees(onlooker).sender
    }
}

/// Which cases without seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScopeReach {
    Nothing,
    /// `published_at IS NOT NULL`.
    Published,
    /// Cases with `party` as lead, co-agency or reception, or led by `lead`, or received by
    /// `received`.
    Agencies {
        party: BTreeSet<Uuid>,
        lead: BTreeSet<Uuid>,
        received: BTreeSet<Uuid>,
    },
    All,
}

/// Which sealed cases besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedScope {
    None,
    /// Those that name this officer receiver, wherever they are.
    Receiver(Uuid),
    /// Those that name this officer receiver and are in reach too.
    ReceiverInReach(Uuid),
    All,
}

/// A set of cases: `(reach AND NOT sealed) OR sealed-part`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub reach: ScopeReach,
    pub sealed: SealedScope,
}

impl Scope {
    pub const NOTHING: Scope = Scope { reach: ScopeReach::Nothing, sealed: SealedScope::None };

    /// What the WHERE clause must say, in Rust: the reference for store and search.
    pub fn contains(&self, case: &CaseFacts) -> bool {
        let named = |officer: &Uuid| case.sealed_receivers.contains(officer);
        match (&self.sealed, case.sealed) {
            (_, false) => self.reaches(case),
            (SealedScope::None, true) => false,
            (SealedScope::Receiver(officer), true) => named(officer),
            (SealedScope::ReceiverInReach(officer), true) => named(officer) && self.reaches(case),
            (SealedScope::All, true) => true,
        }
    }

    fn reaches(&self, case: &CaseFacts) -> bool {
        match &self.reach {
            ScopeReach::Nothing => false,
            ScopeReach::Published => case.published,
            ScopeReach::All => true,
            ScopeReach::Agencies { party, lead, received } => {
                received.contains(&case.received_by)
                    || party.contains(&case.received_by)
                    || case.lead.is_some_and(|id| lead.contains(&id) || party.contains(&id))
                    || case.co.iter().any(|id| party.contains(id))
            }
        }
    }
}
