extension Domain {
    /// What libvirt writes in place of a password that isn't asked for.
    public static let hiddenPassword = "*****"

    /// The document without its passwords: those of displays, and the cookies of disks behind HTTP.
    public var withoutSecrets: Domain {
        var domain = self
        for index in domain.devices.graphics.indices where domain.devices.graphics[index].passwd != nil {
            domain.devices.graphics[index].passwd = Domain.hiddenPassword
        }
        for index in domain.devices.disks.indices { domain.devices.disks[index].source.cookies = [] }
        return domain
    }
}
