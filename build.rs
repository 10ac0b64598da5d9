//! Link settings of the addon; nothing without the `addon` feature.
fn main() {
    #[cfg(feature = "addon")]
    napi_build::setup();
}
