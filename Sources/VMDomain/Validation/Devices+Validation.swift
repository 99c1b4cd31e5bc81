extension Devices: Validated, XMLLocated {
    public func validate(_ v: inout Validation) {
    }
}
