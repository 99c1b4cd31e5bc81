extension Devices {
    /// Checks displays, sound and the small devices against others of their kind.
    func validatePeripherals(_ v: inout Validation) {
        validateScreens(&v)
        validateAudioNumbers(&v)
        validateTPMs(&v)
        validateWatchdogs(&v)
        validatePanics(&v)
    }
}
