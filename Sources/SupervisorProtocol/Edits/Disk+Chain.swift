package import VMCore
package import VMDomain

/// The images of a disk as its element names them.
extension Disk {
    /// An image of a chain.
    package struct ChainImage: Sendable {
        package var source: DiskSource
        package var format: ImageFormat

        package init(source: DiskSource, format: ImageFormat) {
            self.source = source
            self.format = format
        }

        /// Its file or device.
        package var path: String? { source.file ?? source.dev }
    }

    /// The images that the element names, the topmost first.
    package var chain: [ChainImage] {
        var images = [ChainImage(source: source, format: driver?.type ?? .raw)]
        var below = backingStore
        while let store = below, let source = store.source, images.count < 1024 {
            images.append(ChainImage(source: source, format: store.format?.type ?? .raw))
            below = store.backingStore
        }
        return images
    }

    /// Whether it says itself what its image builds on.
    package var namesChain: Bool { backingStore?.source != nil }

    /// Puts other images into the element, the topmost first.
    ///
    /// - Parameter namesBelow: whether those below the first are named, too. Else they are left to its header.
    package mutating func setChain(_ images: [ChainImage], namesBelow: Bool) {
        guard let first = images.first else { return }
        source = first.source
        var driver = driver ?? DiskDriver()
        driver.type = first.format
        self.driver = driver
        guard namesBelow else {
            backingStore = nil
            return
        }
        var store = DiskBackingStore()
        for image in images.dropFirst().reversed() {
            var next = DiskBackingStore()
            next.source = image.source
            next.format = DiskFormat(image.format)
            next.backingStore = store
            store = next
        }
        backingStore = store
    }

    /// The element as text, in an element `<devices>`.
    package var fragment: String {
        var devices = Devices()
        devices.disks = [self]
        return devices.fragment
    }

    /// Reads what ``fragment`` wrote, or a `<disk>`.
    package init(fragment: String) throws(VMError) {
        let text = fragment.contains("<devices") ? fragment : "<devices>\(fragment)</devices>"
        guard let disk = try Devices(fragment: text).disks.first else {
            throw VMError(.invalidXML, "there is no <disk> in the document")
        }
        self = disk
    }
}

extension Domain {
    /// Has a stored definition follow a disk whose image became another one, or whose chain became shorter, while the
    /// machine ran. A disk that the definition has on another image by now is left alone.
    ///
    /// - Parameters:
    ///   - before: the image that the disk had.
    ///   - disk: the disk of the running machine as it is now.
    ///   - isSame: whether a source is the image of a path.
    /// - Returns: whether there was anything to change.
    package mutating func follow(
        _ disk: Disk, before: String?, isSame: (DiskSource, String) -> Bool
    ) -> Bool {
        guard let before else { return false }
        // By its image: somebody may have given it another place meanwhile. Of several the one in the same place.
        let having = devices.disks.indices.filter { isSame(devices.disks[$0].source, before) }
        guard let index = having.first(where: { devices.disks[$0].target?.dev == disk.target?.dev }) ?? having.first
        else { return false }
        var stored = devices.disks[index]
        let after = disk.source.file ?? disk.source.dev
        guard after != before || stored.namesChain else { return false }
        var images = disk.chain
        for place in images.indices { images[place].source.index = nil }
        stored.setChain(images, namesBelow: stored.namesChain)
        devices.disks[index] = stored
        return true
    }
}
