use domain::agency::{Agency, AgencyTree};
use domain::route::{BusinessKind, Place, Route, RouteRule, RouteTable, choose};
use jiff::civil::date;
use uuid::Uuid;

use crate::sample::{CITY, CUSTOMS, TAX, TAX_BRANCH};

const ZONE_BOARD: Uuid = Uuid::from_u128(20);
const WARD: Uuid = Uuid::from_u128(21);
const TRANSPORT: Uuid = Uuid::from_u128(22);

fn agency(id: Uuid, parent: Option<Uuid>) -> Agency {
    Agency {
        id,
        parent,
        code: id.to_string(),
        name: "Cơ quan".into(),
        short_name: "CQ".into(),
        valid_from: date(2025, 7, 1),
        valid_to: None,
        has_reception: false,
    }
}

pub fn tree() -> AgencyTree {
    let mut transport = agency(TRANSPORT, None);
    transport.valid_from = date(2025, 2, 1);
    transport.valid_to = Some(date(2025, 6, 30));
    AgencyTree::new([
        agency(CITY, None),
        agency(TAX, None),
        agency(TAX_BRANCH, Some(TAX)),
        agency(CUSTOMS, None),
        agency(ZONE_BOARD, None),
        agency(WARD, None),
        transport,
    ])
}

fn route(id: u128, field: &str, lead: Uuid) -> Route {
    Route {
        id: Uuid::from_u128(id),
        field: Some(field.into()),
        ward: None,
        zone: None,
        business: None,
        lead,
        co: vec![],
        valid_from: date(2025, 2, 1),
        valid_to: None,
        source: "Nghị quyết HĐND".into(),
        automatic: false,
    }
}

fn table() -> RouteTable {
    RouteTable {
        routes: vec![
            Route { co: vec![CUSTOMS, TRANSPORT, TAX], ..route(1, "tax", TAX) },
            Route { business: Some(BusinessKind::Household), co: vec![TAX_BRANCH], ..route(2, "tax", WARD) },
            Route { ward: Some("26734".into()), ..route(3, "urban_order", WARD) },
            Route { zone: Some("HEPZA".into()), field: None, ..route(4, "", ZONE_BOARD) },
            route(5, "transport", TRANSPORT),
        ],
        fallback: Some(CITY),
    }
}

#[test]
fn the_routing_order() {
    let on = date(2026, 2, 5);
    let choose = |field, place| choose(&table(), &tree(), Some(field), place, on).unwrap();
    let tax = choose("tax", Place::default());
    assert_eq!((tax.lead, tax.why.rule), (TAX, RouteRule::Field));
    assert_eq!(tax.co, vec![CUSTOMS]);
    assert_eq!(tax.why.dropped, vec![TRANSPORT]);
    assert_eq!(tax.why.to_string(), "field tax, in force on 2026-02-05 (Nghị quyết HĐND)");
    let household = Place { business: Some(BusinessKind::Household), ..Place::default() };
    assert_eq!(choose("tax", household).lead, WARD);
    let zone = Place { zone: Some("HEPZA"), ..household };
    assert_eq!((choose("tax", zone).lead, choose("tax", zone).why.rule), (ZONE_BOARD, RouteRule::Zone));
    let ward = Place { ward: Some("26734"), ..Place::default() };
    assert_eq!(choose("urban_order", ward).why.rule, RouteRule::Ward);
    let elsewhere = choose("urban_order", Place { ward: Some("1"), ..Place::default() });
    assert_eq!((elsewhere.lead, elsewhere.why.rule), (CITY, RouteRule::Fallback));
}

#[test]
fn a_dissolved_agency_does_not_lead() {
    let lead = |on| choose(&table(), &tree(), Some("transport"), Place::default(), on).map(|p| p.lead);
    assert_eq!(lead(date(2025, 6, 30)), Some(TRANSPORT));
    assert_eq!(lead(date(2025, 7, 1)), Some(CITY));
    // Neither the row nor the fallback existed.
    assert_eq!(lead(date(2025, 1, 1)), None);
}

#[test]
fn the_tree_is_walked_without_end() {
    let tree = tree();
    assert!(tree.is_within(TAX_BRANCH, TAX) && !tree.is_within(TAX, TAX_BRANCH));
    assert_eq!(tree.with_descendants(TAX), vec![TAX, TAX_BRANCH]);
    let looped = AgencyTree::new([agency(TAX, Some(TAX_BRANCH)), agency(TAX_BRANCH, Some(TAX))]);
    assert_eq!(looped.ancestors(TAX).len(), 1);
}
