//! The SMSC through its wire.

pub mod esme;
mod links;
mod people;
mod receipts;
mod submits;

use simulator::smsc::Route;

use crate::stage::Stage;
use esme::Esme;

const AN: &str = "84901234567";

/// A simulator with one account.
async fn stage() -> Stage {
    stage_with(route()).await
}

async fn stage_with(route: Route) -> Stage {
    let stage = Stage::new().await;
    stage.simulator.smsc().set_route(route).unwrap();
    stage
}

fn route() -> Route {
    Route::new("doithoai", "s3cret").with_short_code("1022")
}

async fn bound(stage: &Stage) -> Esme {
    Esme::bound(stage.simulator.smsc().address(), "doithoai", "s3cret").await
}
