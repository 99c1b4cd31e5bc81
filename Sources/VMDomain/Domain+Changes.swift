public import VMXML

extension Domain {
    /// What has to be changed in this domain to make it `other`, in the order of the document.
    ///
    /// Devices are told apart by what identifies them (a disk by its target, an interface by its MAC address), so that
    /// one that was inserted doesn't make all behind it look changed.
    public func changes(to other: Domain) -> [XMLChange] {
        changes(to: other, as: "domain")
    }
}
