# The image has only the binary, the shared libraries that it needs and the shipped policies. `make image` builds it; see
# docs/image.md.
ARG BASE_IMAGE=debian:bookworm-slim
ARG BUILDPLATFORM

FROM --platform=$BUILDPLATFORM ${BASE_IMAGE} AS build
ARG TARGETARCH
ARG SNAPSHOT=
WORKDIR /src
COPY tools/deps.sh tools/image_stage.sh tools/
RUN tools/image_stage.sh packages
COPY . .
ARG COMMIT=unknown
ARG SOURCE_DATE_EPOCH=0
RUN tools/image_stage.sh root /rootfs

FROM scratch
ARG VERSION=
ARG COMMIT=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="gpuslice" \
      org.opencontainers.image.description="A mutating admission webhook that puts pods on GPU slices" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /rootfs /
ENV GPUSLICE_POLICIES=/policies
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["/usr/local/bin/gpuslice"]
CMD ["serve"]
