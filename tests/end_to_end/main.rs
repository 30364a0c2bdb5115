//! Debates that are paused, interrupted by people and lost by their process, over real connections to a
//! host.

#[cfg(test)]
mod controls;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod first_debate;
#[cfg(test)]
mod hosts;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod residency;
#[cfg(test)]
mod test_system;
#[cfg(test)]
mod thinking;
#[cfg(test)]
mod turns;
