use clap_complete::ArgValueCandidates;

use super::ModelArg;
use crate::completion;

/// `synod doctor`
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// Print the findings as one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    /// Ask only these models to fill a ballot, MODEL or HOST/MODEL [default: all]
    #[arg(
        short,
        long = "model",
        value_name = "MODEL",
        value_delimiter = ',',
        add = ArgValueCandidates::new(completion::models)
    )]
    pub(crate) models: Vec<ModelArg>,

    /// Ask no model to fill a ballot
    #[arg(long, conflicts_with = "models")]
    pub(crate) no_probe: bool,
}
