package import VMCore

/// The images on which an image builds, from the top down.
///
/// Each is read in the format that the one above it declares; one that is declared raw is not opened, and ends the chain.
/// Where no format is declared that is a problem, and the signature decides.
package struct BackingChain: Sendable {
    /// Deeper than any chain that is still of use.
    package static let limit = 200

    /// An image below another.
    package struct Link: Sendable {
        /// The image that names it.
        package var upper: String
        /// As it is spelled in `upper`.
        package var name: String
        package var reference: BackingReference
        /// Its path; nil when it is no local file.
        package var path: String?
        /// The declared format, by the name of QEMU's driver.
        package var format: String?
        package var problems: [BackingProblem] = []
    }

    /// The image from which the chain was followed.
    package let first: String
    /// The images below it. The last one that has a path may be one that was there already, when the chain is a loop.
    package private(set) var links: [Link] = []
    /// What is the matter with the first image itself, or with the chain as a whole.
    private var general: [BackingProblem] = []

    /// All problems, those of the upper images first.
    package var problems: [BackingProblem] { links.flatMap(\.problems) + general }
    /// What keeps a machine from being started on it: the problems, and images that describe what they build on. A
    /// description can have QEMU open anything in any way; that is for the definition to say, not for an image.
    package var obstacles: [BackingProblem] {
        links.flatMap { link in
            guard case .json = link.reference else { return link.problems }
            return [.elsewhere(image: link.upper, name: link.name)] + link.problems
        } + general
    }
    /// The paths of the local images below the first.
    package var images: [String] {
        links.filter(\.isUsable).compactMap(\.path)
    }

    /// Follows the images below one.
    ///
    /// - Parameters:
    ///   - path: the image at the top.
    ///   - format: its format; nil takes what its signature says.
    ///   - limit: how many images are followed.
    ///   - reach: where an image's header may lead.
    ///   - obstacle: says why a backing image, named by the image `upper`, can't be used; nil when it can.
    package init(
        _ path: String, format: ImageFormat? = nil, limit: Int = Self.limit, reach: BackingReach = .own,
        obstacle: (_ path: String, _ upper: String) -> VMError? = Self.unreadable
    ) {
        first = path
        var seen = Set<FileIdentity>()
        if let identity = Files.identity(path) { seen.insert(identity) }
        guard var below = open(path, format) else { return }
        while let link = Link(below) {
            guard links.count < limit else {
                general.append(.tooLong(first: path, limit: limit))
                return
            }
            links.append(link)
            guard let next = enter(link, &seen, reach, obstacle) else { return }
            below = next
        }
    }

    /// Reads the first image, of which nothing is asked but what it builds on.
    private mutating func open(_ path: String, _ format: ImageFormat?) -> Below? {
        guard format != .raw else { return nil }
        do throws(VMError) {
            let header = try ImageHeader(ImageFile(path), as: format)
            if let name = header.qcow2?.dataFile { general.append(.dataFile(image: path, name: name)) }
            if header.format == .vmdk, let name = ImageFile.foreignExtent(ofVMDK: path) {
                general.append(.foreignExtent(image: path, name: name))
            }
            return Below(path, header.backing)
        } catch {
            general.append(.damaged(error))
            return nil
        }
    }

    /// Looks at the image of the newest link; nil when the chain ends there.
    private mutating func enter(
        _ link: Link, _ seen: inout Set<FileIdentity>, _ reach: BackingReach,
        _ obstacle: (String, String) -> VMError?
    ) -> Below? {
        guard let path = link.path else { return note(.elsewhere(image: link.upper, name: link.name)) }
        if let error = obstacle(path, link.upper) { return note(.inaccessible(error)) }
        guard reach.allows(path, namedBy: link.upper) else {
            return note(.outside(image: link.upper, backing: path, name: link.name))
        }
        guard let identity = Files.identity(path), seen.insert(identity).inserted else {
            return note(.loop(first: first, at: path))
        }
        let declared = link.format.map { ImageFormat(rawValue: $0) }
        // Raw, or a format of which nothing is known here.
        if let declared, declared == nil || declared == .raw {
            guard let kind = Files.oddKind(path), !Files.isBlockDevice(path) else { return nil }
            return note(.inaccessible(VMError(.io, "cannot read image '\(path)': it is \(kind)")))
        }
        do throws(VMError) {
            let image = try ImageFile(path)
            if let expected = declared ?? nil, expected.isCertain {
                let found = ImageFormat.probe(image)
                if found != expected {
                    return note(
                        .wrongFormat(
                            image: link.upper, backing: path, name: link.name, declared: expected, found: found))
                }
            }
            let header = try ImageHeader(image, as: declared ?? nil)
            if let name = header.qcow2?.dataFile { return note(.dataFile(image: path, name: name)) }
            if header.format == .vmdk, let name = ImageFile.foreignExtent(ofVMDK: path) {
                return note(.foreignExtent(image: path, name: name))
            }
            return Below(path, header.backing)
        } catch {
            return note(.damaged(error))
        }
    }

    private mutating func note(_ problem: BackingProblem) -> Below? {
        if let last = links.indices.last { links[last].problems.append(problem) }
        return nil
    }

    /// Why a backing image can't be read; nil when it can.
    package static func unreadable(_ path: String, _ upper: String) -> VMError? {
        Files.obstacle(path, writing: false).map {
            .system("Cannot access backing file of '\(upper)', '\(path)'", errno: $0)
        }
    }

    /// An image and what it says of the one below.
    fileprivate struct Below {
        var image: String
        var backing: ImageHeader.Backing?

        init(_ image: String, _ backing: ImageHeader.Backing?) {
            self.image = image
            self.backing = backing
        }
    }
}

extension BackingChain.Link {
    /// The link from an image to the one below; nil when there is none.
    fileprivate init?(_ below: BackingChain.Below) {
        guard let backing = below.backing else { return nil }
        upper = below.image
        name = backing.name
        reference = BackingReference(backing.name)
        path = reference.localPath(below: below.image)
        format = backing.format ?? reference.format
        if let path, format == nil, backing.declaresFormat {
            problems = [.undeclaredFormat(image: upper, backing: path, name: name)]
        }
    }

    /// Whether the image could be opened, and may be.
    package var isUsable: Bool {
        !problems.contains { problem in
            switch problem {
            case .inaccessible, .outside: true
            default: false
            }
        }
    }
}
