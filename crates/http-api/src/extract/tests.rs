mod any_value;
mod fastapi;
mod golden;
mod requests;
