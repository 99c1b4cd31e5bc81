internal import LibvirtWire
internal import VMCore

extension RemoteError {
    /// An error of the manager as libvirt's clients know it.
    ///
    /// What the manager says around libvirt's own words, such as `failed to get domain 'web'`, clients say by themselves.
    init(translating error: VMError) {
        let beginning = String(RemoteError.format(of: error.libvirt.number).dropLast(2))
        var next: VMError? = error
        while !beginning.isEmpty, let one = next {
            if one.libvirt == error.libvirt, one.message.hasPrefix(beginning) {
                self.init(VMError(one.code, one.message, cause: one.cause, libvirt: one.libvirt))
                return
            }
            next = one.cause
        }
        self.init(error)
    }
}
