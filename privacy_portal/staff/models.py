"""Staff sign in with an e-mail address; a membership gives them a role at one controller."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models

from privacy_portal.staff.roles import Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A member of staff. `is_staff` opens the admin; what is seen elsewhere comes from memberships alone."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    PERSONAL_FIELDS = frozenset({"email", "name", "password", "last_login"})

    def __str__(self) -> str:
        return self.name or f"staff {self.pk}"

    def get_full_name(self) -> str:
        return self.name


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    controller = models.ForeignKey("portal.Controller", on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    PERSONAL_FIELDS: frozenset[str] = frozenset()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_membership_per_role", fields=["user", "controller", "role"]),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.controller_id}"
