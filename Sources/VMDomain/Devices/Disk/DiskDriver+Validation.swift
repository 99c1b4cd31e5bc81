internal import VMXML

extension DiskDriver {
    /// Checks against the disk that the driver works for.
    func validate(disk: Disk, bus: DiskTarget.Bus?, _ v: inout Validation) {
        validateFormat(disk, &v)
        validateCache(disk, &v)
        if let bus { validateBus(bus, &v) }
        validateThreads(bus, &v)
        validateHistograms(&v)
    }

    private func validateHistograms(_ v: inout Validation) {
        var seen: Set<LatencyHistogram.Kind> = []
        v.each("statistics/latency-histogram", statistics.histograms) { v, histogram in
            if !seen.insert(histogram.type ?? .all).inserted {
                v.error("two-histograms", "there is a histogram of these requests already", at: .attribute("type"))
            }
            let starts = histogram.bins.compactMap(\.start)
            if !starts.contains(where: { $0 > 0 }) {
                v.error("no-bins", "a histogram needs a <bin> that begins above 0")
            } else if zip(starts, starts.dropFirst()).contains(where: { $0 >= $1 }) {
                v.error("bin-order", "each <bin> of a histogram begins later than the one before it")
            }
        }
    }

    private func validateFormat(_ disk: Disk, _ v: inout Validation) {
        if let name, name != "qemu", disk.source.type != .vhostuser {
            v.error(
                "driver-name", "QEMU's disks have the driver 'qemu', not '\(name)'", at: .attribute("name"),
                found: name,
                accepted: ["qemu"])
        }
        if let type { ImageFormat.validate(type, source: disk.source, at: .attribute("type"), &v) }
        if discardNoUnref == .on, let type, type != .qcow2 {
            v.error(
                "only-qcow2", "'discard_no_unref' is only for the format 'qcow2'", at: .attribute("discard_no_unref"))
        } else if discardNoUnref == .on, disk.readonly {
            v.error("readonly", "'discard_no_unref' needs a writable disk", at: .attribute("discard_no_unref"))
        }
        if metadataCache != nil, let type, type != .qcow2 {
            v.error("only-qcow2", "<metadata_cache> is only for the format 'qcow2'", at: .child("metadata_cache"))
        }
    }

    private func validateCache(_ disk: Disk, _ v: inout Validation) {
        if copyOnRead == .on, disk.device == .lun {
            v.error("lun-copy", "'copy_on_read' isn't for device='lun'", at: .attribute("copy_on_read"))
        } else if copyOnRead == .on, disk.readonly || disk.device == .cdrom {
            v.error("readonly", "'copy_on_read' needs a writable disk", at: .attribute("copy_on_read"))
        }
        if disk.shareable, let cache, cache != .none, cache != .directsync, cache != .default {
            v.warning(
                "shared-cache", "a shareable disk with the cache '\(cache.rawValue)' can show stale data",
                at: .attribute("cache"), found: cache.rawValue)
        }
        if io == .native, cache != DiskDriver.Cache.none, cache != .directsync {
            v.error(
                "native-cache", "io='native' needs the cache 'none' or 'directsync'", at: .attribute("cache"),
                found: cache?.rawValue, accepted: ["none", "directsync"])
        }
        let isEncrypted = (disk.source.encryption ?? disk.encryption).map { $0.engine != .librbd } ?? false
        if disk.shareable, isEncrypted {
            v.error("shared-format", "an encrypted image can't be shared", at: .attribute("type"), accepted: ["raw"])
        } else if disk.shareable, let type, type != .raw, type != .aio {
            v.error(
                "shared-format", "only images in the format 'raw' can be shared, not '\(type.rawValue)'",
                at: .attribute("type"), found: type.rawValue, accepted: ["raw"])
        }
    }

    private func validateBus(_ bus: DiskTarget.Bus, _ v: inout Validation) {
        guard bus != .virtio else { return }
        for (name, isThere) in [
            ("ioeventfd", ioeventfd != nil), ("event_idx", eventIdx != nil), ("queues", queues != nil),
            ("queue_size", queueSize != nil), ("iommu", virtio.iommu != nil), ("ats", virtio.ats != nil),
            ("packed", virtio.packed != nil), ("page_per_vq", virtio.pagePerVQ != nil),
        ] where isThere {
            v.error(
                "only-virtio", "'\(name)' is only for disks on the bus 'virtio', not '\(bus.rawValue)'",
                at: .attribute(name))
        }
    }

    private func validateThreads(_ bus: DiskTarget.Bus?, _ v: inout Validation) {
        if let queueSize, queueSize == 0 || queueSize & (queueSize - 1) != 0 || queueSize > 1024 {
            v.error(
                "queue-size", "'queue_size' is a power of two up to 1024, but is \(queueSize)",
                at: .attribute("queue_size"), found: String(queueSize))
        }
        guard iothread != nil || !iothreads.isEmpty else { return }
        let spot: Validation.Spot = iothread != nil ? .attribute("iothread") : .child("iothreads")
        if let bus, bus != .virtio {
            return v.error(
                "iothread-bus",
                "disks on the bus '\(bus.rawValue)' can't have an I/O thread; for SCSI it belongs to the"
                    + " controller", at: spot)
        }
        if iothread != nil, !iothreads.isEmpty {
            v.error("two-iothreads", "'iothread' and <iothreads> exclude each other", at: spot)
        }
        DiskIOThread.validate(single: iothread, list: iothreads, at: spot, &v)
    }
}

extension DiskIOThread {
    /// Checks that threads exist, stand only once, and serve each queue once.
    static func validate(
        single: UInt32?, list: [DiskIOThread], at spot: Validation.Spot, _ v: inout Validation
    ) {
        let threads = v.digest(DomainDigest.self)
        var seen: Set<UInt32> = []
        for id in [single].compactMap({ $0 }) + list.compactMap(\.id) {
            if !threads.hasIOThread(id) {
                v.error("unknown-iothread", "the I/O thread \(id) isn't defined", at: spot, found: String(id))
            }
            if !seen.insert(id).inserted {
                v.error("duplicate-iothread", "the I/O thread \(id) is listed twice", at: spot, found: String(id))
            }
        }
        var queues: Set<UInt32> = []
        for queue in list.flatMap(\.queues).compactMap(\.id) where !queues.insert(queue).inserted {
            v.error("duplicate-queue", "the queue \(queue) has two I/O threads", at: spot, found: String(queue))
        }
        if !queues.isEmpty, list.contains(where: \.queues.isEmpty) {
            v.error("queue-mapping", "either all I/O threads list their queues or none does", at: spot)
        }
    }
}

extension ImageFormat {
    /// Checks that QEMU can work with the format on that source.
    static func validate(
        _ format: ImageFormat, source: DiskSource, at spot: Validation.Spot, _ v: inout Validation
    ) {
        switch format {
        case .dir:
            v.error(
                "image-format", "QEMU has no format 'dir'; a folder is a disk of the type 'dir'", at: spot,
                found: "dir")
        case .iso:
            v.error(
                "image-format", "QEMU has no format 'iso'; such images are 'raw'", at: spot, found: "iso",
                accepted: ["raw"], suggestion: "raw")
        case .luks:
            v.error(
                "image-format", "an encrypted image is 'raw' with an <encryption>", at: spot, found: "luks",
                accepted: ["raw"], suggestion: "raw")
        case .cow, .ploop:
            v.error("image-format", "QEMU has no format '\(format.rawValue)'", at: spot, found: format.rawValue)
        case .fat where source.type != .dir && source.type != .volume:
            v.error("image-format", "the format 'fat' is only for disks of the type 'dir'", at: spot, found: "fat")
        default: break
        }
    }
}
