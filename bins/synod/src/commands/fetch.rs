use std::io::Write;

use synod_embedded_model::Weights;

use crate::{CliError, compose, environment::Environment};

/// Fetches the weights of the demo model, or finds that they are there.
pub(super) async fn run(environment: &Environment) -> Result<(), CliError> {
    let file = compose::fetch(environment).await?;
    let title =
        file.weights.as_ref().map_or("your own weights", |weights: &Weights| &weights.title);
    writeln!(anstream::stdout(), "{title}: {}", file.path.display())?;
    Ok(())
}
