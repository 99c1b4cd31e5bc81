extension Devices {
    /// Checks what isn't among ``all``, and host devices against each other.
    func validateStorage(_ v: inout Validation) {
        v.check("lease", leases)
        validateHostDevices(&v)
    }
}
