use std::io::Write;

use synod_http_api::{Api, BindError, Server, ServerSettings, Stopped};
use synod_inference::Gateway;

use crate::{
    CliError,
    args::ServeArgs,
    compose::{self, Reach},
    config_file::ConfigFile,
    environment::Environment,
    error::Shortfall,
    interrupts::Interrupts,
    output::say,
};

/// Serves the HTTP interface until it is told to stop.
pub(super) async fn run(
    args: &ServeArgs,
    config: ConfigFile,
    environment: &Environment,
    mut interrupts: Interrupts,
) -> Result<(), CliError> {
    let reach = compose::serving(&config, environment).await?;
    let api = Api::new(compose::parts(&reach.gateway, config.registry));
    let settings = settings(args);
    let server = Server::bind(api, settings)?;
    announce(&server)?;
    let served = async {
        let stopped = server.run(async || interrupts.any().await).await;
        stopped.map_err(CliError::Serve)
    };
    let (stopped, ()) = tokio::join!(served, tell_models(&reach));
    match stopped? {
        Stopped::InOrder => Ok(()),
        Stopped::GraceOver => {
            say("some requests were cut: they took longer than the grace");
            Ok(())
        }
        Stopped::AtOnce => Err(CliError::Ended(Shortfall::Interrupted)),
    }
}

fn settings(args: &ServeArgs) -> ServerSettings {
    let defaults = ServerSettings::default();
    ServerSettings {
        host: args.host.clone().unwrap_or(defaults.host.clone()),
        port: args.port.unwrap_or(defaults.port),
        ..defaults
    }
}

/// The addresses go to stdout, one a line, for those who start the server from a program.
fn announce(server: &Server) -> Result<(), CliError> {
    let mut stdout = anstream::stdout().lock();
    for address in server.addresses() {
        writeln!(stdout, "http://{address}")?;
    }
    Ok(stdout.flush()?)
}

async fn tell_models(reach: &Reach) {
    let listings = reach.gateway.models().await;
}

impl From<BindError> for CliError {
    fn from(error: BindError) -> Self {
        Self::Failed(error.to_string())
    }
}
