extension Disk {
    /// A disk whose image is `source`, under the name `target` in the guest.
    public init(_ source: DiskSource, format: ImageFormat? = nil, target: String, bus: DiskTarget.Bus? = nil) {
        self.init()
        self.source = source
        device = .disk
        self.target = DiskTarget(dev: target, bus: bus)
        guard let format else { return }
        driver = DiskDriver()
        driver?.name = "qemu"
        driver?.type = format
    }

    /// A CD-ROM drive with an image in a file, or an empty one.
    public static func cdrom(_ file: String? = nil, target: String, bus: DiskTarget.Bus? = nil) -> Disk {
        var disk = Disk(file.map { .file($0) } ?? DiskSource(), format: .raw, target: target, bus: bus)
        disk.device = .cdrom
        disk.readonly = true
        return disk
    }
}
